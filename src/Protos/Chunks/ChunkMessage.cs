using System.Runtime.InteropServices;

namespace Lockstep.Protos;

/// <summary>
/// The message Chunk of collective.proto in a form that can be reused: numbers and the memory of its floats, so that a
/// slice goes from a flat buffer to the wire, and back, with one copy. The fields are described in collective.proto.
/// </summary>
public sealed class ChunkMessage
{
    private readonly ChunkPool? _pool;
    private float[] _buffer = [];
    private int _holders;

    /// <summary>A message over memory that the caller owns.</summary>
    public ChunkMessage()
    {
    }

    internal ChunkMessage(ChunkPool pool) => _pool = pool;

    public ulong Run { get; set; }
    public long Generation { get; set; }
    public long Step { get; set; }
    public MicrobatchBlock Block { get; set; }
    public long Offset { get; set; }
    public uint Checksum { get; set; }
    public int NodeIndex { get; set; }

    /// <summary>The floats.</summary>
    public Memory<float> Data { get; set; }

    /// <summary>Why a received message cannot be used (torn, corrupted, refused by the sink); null when it can.</summary>
    public string? Problem { get; set; }

    /// <summary>Size of the floats on the wire.</summary>
    public int DataBytes => Data.Length * sizeof(float);

    /// <summary>Sets the checksum from the floats. Once, before the message is written.</summary>
    public void Seal() => Checksum = Crc32C.Finish(Crc32C.Append(Crc32C.Start, MemoryMarshal.AsBytes(Data.Span)));

    /// <summary>Says how many holders will each call <see cref="Release"/>. One, unless told.</summary>
    public void Share(int holders) => Volatile.Write(ref _holders, holders);

    /// <summary>Gives the message up; the last holder's call returns a pooled message and its memory to its pool.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) _pool?.Return(this);
    }

    internal void Clear()
    {
        (Run, Generation, Step, Block, Offset, Checksum, NodeIndex) = (0, 0, 0, default, 0, 0, 0);
        (Data, Problem) = (default, null);
        Volatile.Write(ref _holders, 1);
    }

    internal void UseOwnBuffer(int floats)
    {
        if (_buffer.Length < floats) _buffer = GC.AllocateUninitializedArray<float>(floats, pinned: true);
        Data = _buffer.AsMemory(0, floats);
    }
}
