using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>Multi-crop (Caron et al. 2020): neighbouring crops of one size go through the backbone as one batch.</summary>
public static class MultiCrop
{
    /// <summary>Passes through the backbone that crops of these sizes take.</summary>
    public static int Passes(IReadOnlyList<int> sizes) => sizes.Where((size, i) => i == 0 || size != sizes[i - 1]).Count();

    /// <summary>Features of all crops, view-major: rows v * B to (v + 1) * B - 1 belong to view v. [V * B, D].</summary>
    /// <param name="crops">V tensors [B, 3, S, S] in the order global 1, global 2, local 1, ...</param>
    /// <param name="backbone">One pass: (batch, number of the pass) to features.</param>
    public static Tensor Forward(IReadOnlyList<Tensor> crops, Func<Tensor, int, Tensor> backbone)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        for (var start = 0; start < crops.Count;)
        {
            var end = start + 1;
            while (end < crops.Count && crops[end].shape[^1] == crops[start].shape[^1]) end++;
            using var batch = cat([.. crops.Skip(start).Take(end - start)], 0);
            features.Add(backbone(batch, features.Count));
            start = end;
        }
        return cat(features, 0).MoveToOuterDisposeScope();
    }
}
