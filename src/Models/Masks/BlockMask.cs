using Lockstep.Models.Chance;

namespace Lockstep.Models.Masks;

/// <summary>
/// Block-wise masking (Bao et al., "BEiT", 2021, Algorithm 1, and its MaskingGenerator): rectangles of random area and
/// aspect are laid over the grid until enough units are masked. iTPN with a CLIP teacher masks 75 of 14 x 14.
/// </summary>
public sealed record BlockMask
{
    private const int Attempts = 10;

    /// <summary>Height and width of the grid, units.</summary>
    public required int Rows { get; init; }
    public required int Columns { get; init; }

    /// <summary>Units to mask; never more are masked.</summary>
    public required int Count { get; init; }

    /// <summary>Smallest area that is drawn for a block, units. 16 in BEiT and iTPN.</summary>
    public int MinBlock { get; init; } = 16;

    /// <summary>Smallest height / width of a block; the largest is its inverse. 0.3 in BEiT and iTPN.</summary>
    public double MinAspect { get; init; } = 0.3;

    /// <summary>
    /// Mask single units, chosen uniformly, where the blocks leave some to mask. BEiT does not, so the number varies from
    /// sample to sample: ten attempts at a last, small block often fail.
    /// </summary>
    public bool Exact { get; init; }

    /// <summary>Draws a mask.</summary>
    /// <param name="chance">Keyed by the sample's place in the run.</param>
    /// <param name="mask">Takes true where a unit is masked. [Rows, Columns]</param>
    /// <returns>Units masked: <see cref="Count"/> at most, and exactly that many if <see cref="Exact"/>.</returns>
    public int Draw(ref Philox chance, Span<bool> mask)
    {
        if (mask.Length != Rows * Columns)
            throw new ArgumentException($"{mask.Length} places are not {Rows} x {Columns}", nameof(mask));
        if ((uint)Count > (uint)mask.Length)
            throw new InvalidOperationException($"{Count} units cannot be masked of {Rows} x {Columns}: lower Count");
        if (MinBlock < 1 || MinAspect is not (> 0 and <= 1))
            throw new InvalidOperationException($"MinBlock {MinBlock} must be 1 or more, MinAspect {MinAspect} above 0 and at most 1");

        mask.Clear();
        var masked = 0;
        while (masked < Count)
        {
            var added = AddBlock(ref chance, mask, Count - masked);
            if (added == 0) break;
            masked += added;
        }
        while (Exact && masked < Count)
        {
            ref var unit = ref mask[chance.NextInt(mask.Length)];
            if (unit) continue;
            unit = true;
            masked++;
        }
        return masked;
    }

    // One block, at most ten tries. A block of the grid's whole height or width is not taken, as in MaskingGenerator.
    private int AddBlock(ref Philox chance, Span<bool> mask, int most)
    {
        var logAspect = Math.Log(MinAspect);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = chance.NextDouble(MinBlock, most); // a block below MinBlock where most is: Python's uniform takes it too
            var aspect = Math.Exp(chance.NextDouble(logAspect, -logAspect));
            var (height, width) = ((int)Math.Round(Math.Sqrt(area * aspect)), (int)Math.Round(Math.Sqrt(area / aspect)));
            if (height >= Rows || width >= Columns) continue;
            var top = chance.NextInt(Rows - height + 1);
            var left = chance.NextInt(Columns - width + 1);

            var added = 0;
            for (var row = top; row < top + height; row++) added += mask.Slice(row * Columns + left, width).Count(false);
            if (added == 0 || added > most) continue;
            for (var row = top; row < top + height; row++) mask.Slice(row * Columns + left, width).Fill(true);
            return added;
        }
        return 0;
    }
}
