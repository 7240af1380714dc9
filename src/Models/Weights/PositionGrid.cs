using Lockstep.Models.Backbones;

namespace Lockstep.Models.Weights;

/// <summary>Position embeddings [1, 1 + grid², D] of one grid for another.</summary>
internal static class PositionGrid
{
    public const string Name = NetworkWeights.Backbone + "pos_embed";

    /// <summary>Patches along a side; 0 where the shape is not one class token and a square grid.</summary>
    public static int Of(IReadOnlyList<long> shape)
    {
        if (shape is not [1, > 1 and < int.MaxValue, _]) return 0;
        var grid = (int)Math.Round(Math.Sqrt(shape[1] - 1));
        return (long)grid * grid == shape[1] - 1 ? grid : 0;
    }

    /// <summary>
    /// Bicubic, the class token unchanged, with DINO's scale (to + 0.1) / from: what a network of the old grid computes for
    /// images of the new one, to rounding.
    /// </summary>
    public static void Resize(ReadOnlySpan<float> from, int fromGrid, Span<float> to, int toGrid)
    {
        var dim = from.Length / (1 + fromGrid * fromGrid);
        from[..dim].CopyTo(to);
        var scale = (toGrid + 0.1) / fromGrid;
        var matrix = BicubicMatrix.Plane(fromGrid, toGrid, toGrid, scale, scale); // [to², from²]
        var sums = new double[dim];
        for (var row = 0; row < toGrid * toGrid; row++)
        {
            Array.Clear(sums);
            for (var i = 0; i < fromGrid * fromGrid; i++)
            {
                var weight = matrix[row * fromGrid * fromGrid + i];
                if (weight == 0) continue;
                var native = from.Slice((1 + i) * dim, dim);
                for (var d = 0; d < dim; d++) sums[d] += (double)weight * native[d];
            }
            for (var d = 0; d < dim; d++) to[(1 + row) * dim + d] = (float)sums[d];
        }
    }
}
