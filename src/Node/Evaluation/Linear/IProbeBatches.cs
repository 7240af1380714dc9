using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Linear;

/// <summary>Labelled features that probes are trained on.</summary>
public interface IProbeBatches
{
    /// <summary>Images of an epoch.</summary>
    int Count { get; }

    /// <summary>Features [B, F] and classes [B] (int64) of images in an epoch; B may be smaller than asked where images are broken, and 0.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="rows">Numbers of the images, 0 to Count - 1.</param>
    (Tensor Features, Tensor Labels) Read(int epoch, ReadOnlySpan<int> rows);
}
