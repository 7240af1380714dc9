using System.Numerics.Tensors;

namespace Lockstep.Node.Evaluation;

/// <summary>L2-normalised features of labelled images, [Count, Dimension] row by row.</summary>
public sealed class FeatureSet
{
    private readonly float[] _values;

    /// <param name="values">Features end to end; they are normalised in place.</param>
    /// <param name="labels">Class index of each.</param>
    public FeatureSet(float[] values, int[] labels)
    {
        if (labels.Length == 0 || values.Length % labels.Length != 0)
            throw new ArgumentException($"{values.Length} values are not features of {labels.Length} images");
        (_values, Labels) = (values, labels);
        Dimension = values.Length / labels.Length;
        for (var i = 0; i < Count; i++)
        {
            var row = values.AsSpan(i * Dimension, Dimension);
            TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), 1e-12f), row);
        }
    }

    public int Count => Labels.Count;

    public int Dimension { get; }

    public IReadOnlyList<int> Labels { get; }

    public ReadOnlySpan<float> Feature(int index) => _values.AsSpan(index * Dimension, Dimension);
}
