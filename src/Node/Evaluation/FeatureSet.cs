using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Lockstep.Node.Evaluation;

/// <summary>Features of images, [Count, Dimension] row by row.</summary>
public sealed class FeatureSet
{
    /// <summary>The label of an image of no class.</summary>
    public const int NoClass = -1;

    private readonly float[] _values;

    /// <param name="values">Features end to end; kept, not copied.</param>
    /// <param name="labels">Class index of each, or <see cref="NoClass"/>.</param>
    /// <param name="images">Number of each among the images that were to be read, where some could not be; null: all could.</param>
    public FeatureSet(float[] values, int[] labels, int[]? images = null)
    {
        if (labels.Length == 0 || values.Length % labels.Length != 0)
            throw new ArgumentException($"{values.Length} values are not features of {labels.Length} images");
        (_values, Labels, Images) = (values, labels, images ?? [.. Enumerable.Range(0, labels.Length)]);
        Dimension = values.Length / labels.Length;
    }

    public int Count => Labels.Count;

    public int Dimension { get; }

    public IReadOnlyList<int> Labels { get; }

    public IReadOnlyList<int> Images { get; }

    /// <summary>All features end to end.</summary>
    public ReadOnlySpan<float> Values => _values;

    public ReadOnlySpan<float> Feature(int index) => _values.AsSpan(index * Dimension, Dimension);

    /// <summary>Brings every feature to length 1, in place.</summary>
    public FeatureSet Normalize()
    {
        for (var i = 0; i < Count; i++)
        {
            var row = _values.AsSpan(i * Dimension, Dimension);
            TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), 1e-12f), row);
        }
        return this;
    }

    /// <summary>A copy of rows in a row: [count, Dimension].</summary>
    public Tensor Rows(int start, int count)
    {
        var rows = empty([count, Dimension], dtype: ScalarType.Float32);
        MemoryMarshal.AsBytes(_values.AsSpan(start * Dimension, count * Dimension)).CopyTo(rows.bytes);
        return rows;
    }

    /// <summary>A copy of chosen rows: [rows, Dimension].</summary>
    public Tensor Rows(ReadOnlySpan<int> rows)
    {
        var chosen = empty([rows.Length, Dimension], dtype: ScalarType.Float32);
        var into = MemoryMarshal.Cast<byte, float>(chosen.bytes);
        for (var i = 0; i < rows.Length; i++) Feature(rows[i]).CopyTo(into[(i * Dimension)..]);
        return chosen;
    }
}
