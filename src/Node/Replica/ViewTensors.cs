using System.Runtime.InteropServices;
using Lockstep.Models;
using Lockstep.Node.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica;

/// <summary>The tensors in which a lane gets the views of a microbatch: one a view, float32 [B, 3, S, S].</summary>
/// <param name="views">The method's views.</param>
/// <param name="microbatchSize">B.</param>
/// <param name="create">Makes a tensor of a shape.</param>
internal sealed class ViewTensors(IReadOnlyList<ViewSpec> views, int microbatchSize, Func<long[], Tensor> create) : IDisposable
{
    private readonly Tensor[] _tensors = [.. views.Select(v => create([microbatchSize, 3, v.Size, v.Size]).DetachFromDisposeScope())];

    /// <summary>In the CPU's memory.</summary>
    public ViewTensors(IReadOnlyList<ViewSpec> views, int microbatchSize)
        : this(views, microbatchSize, shape => zeros(shape, dtype: ScalarType.Float32))
    {
    }

    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>In the memory of a device; never filled, only copied into.</summary>
    public static ViewTensors On(Device device, IReadOnlyList<ViewSpec> views, int microbatchSize) =>
        new(views, microbatchSize, shape => zeros(shape, dtype: ScalarType.Float32, device: device));

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
