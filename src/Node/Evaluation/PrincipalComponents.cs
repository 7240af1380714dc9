using System.Runtime.InteropServices;
using Lockstep.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation;

/// <summary>
/// Principal component analysis: the directions in which features vary most, from the eigenvectors of their covariance, in
/// float64. Of the two directions of an axis that one is taken whose largest number is positive.
/// </summary>
public sealed class PrincipalComponents
{
    private const int BlockRows = 4096;

    private readonly double[] _mean; // [D]
    private readonly double[] _axes; // [D, Count]

    private PrincipalComponents(double[] mean, double[] axes, double[] shares) => (_mean, _axes, Shares) = (mean, axes, shares);

    /// <summary>Components that there are.</summary>
    public int Count => Shares.Count;

    /// <summary>Share of the whole variance that each component explains, 0 to 1, largest first; 0 where nothing varies.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <param name="features">At least one row.</param>
    /// <param name="count">Components wanted; no more than the features have numbers.</param>
    public static PrincipalComponents Fit(FeatureSet features, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, features.Dimension);
        using var scope = NewDisposeScope();
        var mean = zeros([features.Dimension], dtype: ScalarType.Float64);
        ForBlocks(features, (_, rows) => mean.Increase(rows.sum(dim: 0)));
        mean.DivideBy(features.Count);
        var covariance = zeros([features.Dimension, features.Dimension], dtype: ScalarType.Float64);
        ForBlocks(features, (_, rows) =>
        {
            var centred = rows - mean;
            covariance.Increase(matmul(centred.t(), centred));
        });
        var (values, vectors) = linalg.eigh(covariance.Over(features.Count)); // ascending; vectors are columns
        var variances = values.data<double>().ToArray();
        var largest = vectors.narrow(1, features.Dimension - count, count).flip(1).contiguous(); // [D, count]
        var axes = largest.data<double>().ToArray();
        TurnPositive(axes, features.Dimension, count);
        var whole = variances.Sum(v => Math.Max(v, 0));
        var shares = variances.Reverse().Take(count).Select(v => whole > 0 ? Math.Max(v, 0) / whole : 0);
        return new PrincipalComponents(mean.data<double>().ToArray(), axes, [.. shares]);
    }

    /// <summary>Places on the components: [features.Count, Count], row by row.</summary>
    public float[] Project(FeatureSet features)
    {
        if (features.Dimension != _mean.Length) throw new ArgumentException($"features of {features.Dimension} numbers do not fit components of {_mean.Length}", nameof(features));
        using var scope = NewDisposeScope();
        var (mean, axes) = (tensor(_mean), tensor(_axes).reshape(_mean.Length, Count));
        var places = new float[features.Count * Count];
        ForBlocks(features, (start, rows) =>
            matmul(rows - mean, axes).to(ScalarType.Float32).contiguous().bytes.CopyTo(MemoryMarshal.AsBytes(places.AsSpan(start * Count))));
        return places;
    }

    private static void ForBlocks(FeatureSet features, Action<int, Tensor> visit)
    {
        for (var start = 0; start < features.Count; start += BlockRows)
        {
            using var scope = NewDisposeScope();
            visit(start, features.Rows(start, Math.Min(BlockRows, features.Count - start)).to(ScalarType.Float64));
        }
    }

    private static void TurnPositive(double[] axes, int dimension, int count)
    {
        for (var c = 0; c < count; c++)
        {
            var largest = c;
            for (var d = 1; d < dimension; d++)
                if (Math.Abs(axes[d * count + c]) > Math.Abs(axes[largest])) largest = d * count + c;
            if (axes[largest] >= 0) continue;
            for (var d = 0; d < dimension; d++) axes[d * count + c] = -axes[d * count + c];
        }
    }
}
