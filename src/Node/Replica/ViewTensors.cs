using System.Runtime.InteropServices;
using Lockstep.Models;
using Lockstep.Node.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica;

/// <summary>The tensors in which a lane gets the views of a microbatch: one a view, float32 [B, 3, S, S].</summary>
internal sealed class ViewTensors(IReadOnlyList<ViewSpec> views, int microbatchSize) : IDisposable
{
    private readonly Tensor[] _tensors =
        [.. views.Select(v => zeros([microbatchSize, 3, v.Size, v.Size], dtype: ScalarType.Float32).DetachFromDisposeScope())];

    /// <summary>Copies a microbatch.</summary>
    /// <returns>The tensors, the same ones each time.</returns>
    public IReadOnlyList<Tensor> Fill(Microbatch batch)
    {
        for (var v = 0; v < _tensors.Length; v++) MemoryMarshal.AsBytes(batch.Views[v].Span).CopyTo(_tensors[v].bytes);
        return _tensors;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }
}
