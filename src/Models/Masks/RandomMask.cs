using Lockstep.Models.Chance;

namespace Lockstep.Models.Masks;

/// <summary>Uniform masking (He et al., "Masked autoencoders", 2022; iTPN): a random permutation of the units, of which the first are kept.</summary>
public static class RandomMask
{
    /// <summary>Units that are kept when a share is: int(N * share), as MAE rounds. 49 of 196 at 0.25.</summary>
    public static int Kept(int units, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        if (share is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "must be 0 to 1");
        return (int)(units * share);
    }

    /// <summary>Draws a permutation (Fisher-Yates).</summary>
    /// <param name="chance">Keyed by the sample's place in the run.</param>
    /// <param name="order">Takes the units: the kept ones first, in random order, then the masked ones. [N]</param>
    public static void Draw(ref Philox chance, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++) order[i] = i;
        for (var i = 0; i < order.Length - 1; i++)
        {
            var pick = i + chance.NextInt(order.Length - i);
            (order[i], order[pick]) = (order[pick], order[i]);
        }
    }

    /// <summary>The place of each unit in the order: gathers kept and mask tokens back to their places.</summary>
    /// <param name="order">A permutation. [N]</param>
    /// <param name="places">Takes its inverse. [N]</param>
    public static void Invert(ReadOnlySpan<int> order, Span<int> places)
    {
        if (places.Length != order.Length) throw new ArgumentException($"{places.Length} places for {order.Length} units", nameof(places));
        for (var i = 0; i < order.Length; i++) places[order[i]] = i;
    }
}
