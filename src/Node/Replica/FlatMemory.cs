using System.Buffers;
using Lockstep.Models.Replica;

namespace Lockstep.Node.Replica;

/// <summary>A flat buffer's memory as <see cref="Memory{T}"/>, so that gRPC can write from it and into it.</summary>
public sealed class FlatMemory(FlatBuffer buffer) : MemoryManager<float>
{
    public override Span<float> GetSpan() => buffer.Span;

    /// <exception cref="NotSupportedException">Always: the memory is libtorch's and never moves, nobody needs to pin it.</exception>
    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("a flat buffer cannot be pinned");

    public override void Unpin()
    {
    }

    // The buffer belongs to the replica state; this is only a view.
    protected override void Dispose(bool disposing)
    {
    }
}
