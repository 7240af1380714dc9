using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// The gradients that the last <see cref="Recomputed"/> part was given and gave back. TorchSharp hands libtorch their addresses only, and on
/// a GPU backward runs in a thread of libtorch's own, where no scope disposes of them: without this the garbage collector would
/// have to, in its own time, while the device's memory runs out.
/// </summary>
public sealed class HeldGradients
{
    private readonly List<Tensor> _kept = [];

    /// <summary>How many are held.</summary>
    public int Count => _kept.Count;

    /// <summary>Called during backward, by one thread.</summary>
    internal void Keep(params ReadOnlySpan<Tensor> gradients) => _kept.AddRange(gradients);

    /// <summary>Backward goes on, or has ended: libtorch has what it needs.</summary>
    public void Release()
    {
        foreach (var gradient in _kept) gradient.Dispose();
        _kept.Clear();
    }
}
