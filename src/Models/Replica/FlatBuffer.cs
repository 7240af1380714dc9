using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models.Replica;

/// <summary>One contiguous float32 tensor and the layout that names its parts. Views share its memory.</summary>
public sealed class FlatBuffer : IDisposable
{
    /// <summary>A buffer of zeros.</summary>
    public FlatBuffer(FlatLayout layout)
    {
        Layout = layout;
        Tensor = zeros([layout.Length], dtype: ScalarType.Float32).DetachFromDisposeScope();
    }

    public FlatLayout Layout { get; }

    /// <summary>The whole buffer, [Layout.Length].</summary>
    public Tensor Tensor { get; }

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
