using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Linear;

/// <summary>Features that were computed once, without augmentation: the same in every epoch.</summary>
public sealed class CachedBatches(FeatureSet features) : IProbeBatches
{
    public int Count => features.Count;

    public (Tensor Features, Tensor Labels) Read(int epoch, ReadOnlySpan<int> rows)
    {
        var labels = new long[rows.Length];
        for (var i = 0; i < rows.Length; i++) labels[i] = features.Labels[rows[i]];
        return (features.Rows(rows), tensor(labels));
    }
}
