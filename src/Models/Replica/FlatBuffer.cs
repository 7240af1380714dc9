using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models.Replica;

/// <summary>One contiguous float32 tensor and the layout that names its parts. Views share its memory.</summary>
public sealed class FlatBuffer : IDisposable
{
    /// <summary>A buffer of zeros.</summary>
    /// <param name="layout">Its parts.</param>
    /// <param name="device">Where its memory is; null: the CPU's.</param>
    public FlatBuffer(FlatLayout layout, Device? device = null)
        : this(layout, zeros([layout.Length], dtype: ScalarType.Float32, device: device))
    {
    }

    private FlatBuffer(FlatLayout layout, Tensor tensor) => (Layout, Tensor) = (layout, tensor.DetachFromDisposeScope());

    /// <summary>A buffer of zeros in the CPU's memory that never moves, which a GPU copies from and into by itself. Wants CUDA.</summary>
    public static FlatBuffer Pinned(FlatLayout layout)
    {
        using var pageable = zeros([layout.Length], dtype: ScalarType.Float32);
        return new(layout, pageable.pin_memory());
    }

    public FlatLayout Layout { get; }

    /// <summary>The whole buffer, [Layout.Length].</summary>
    public Tensor Tensor { get; }

    /// <summary>Where its memory is.</summary>
    public Device Device => Tensor.device;

    /// <summary>The whole buffer's memory (CPU).</summary>
    public Span<float> Span => MemoryMarshal.Cast<byte, float>(Tensor.bytes);

    /// <summary>The memory of one named tensor (CPU).</summary>
    public Span<float> SpanOf(string name) => Span.Slice((int)Layout[name].Offset, (int)Layout[name].Length);

    /// <summary>A new view of one named tensor in its shape. The caller (or its dispose scope) disposes the view.</summary>
    public Tensor View(string name)
    {
        var entry = Layout[name];
        using var narrowed = Tensor.narrow(0, entry.Offset, entry.Length);
        return narrowed.view([.. entry.Shape]);
    }

    public void Dispose() => Tensor.Dispose();
}
