using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Lockstep.Protos;

/// <summary>
/// Kestrel's buffers in blocks of 64 KiB: with its own 4 KiB blocks, bulk chunks cost sixteen times as many receives.
/// </summary>
public sealed class BlockMemoryPool : MemoryPool<byte>
{
    private const int BlockBytes = 64 << 10;

    // 256 MiB at most, above what flow control lets be in flight to a dozen nodes; the rest is the garbage collector's.
    private const int KeptBlocks = 4096;
    private readonly ConcurrentQueue<Block> _spare = new();

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        var block = _spare.TryDequeue(out var spare) ? spare : new(this);
        block.Rented = true;
        return block;
    }

    protected override void Dispose(bool disposing) => _spare.Clear();

    /// <summary>Lets Kestrel make such pools.</summary>
    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockMemoryPool();
    }

    private sealed class Block(BlockMemoryPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public bool Rented { get; set; }

        public void Dispose()
        {
            if (!Rented) return;
            Rented = false;
            if (pool._spare.Count < KeptBlocks) pool._spare.Enqueue(this);
        }
    }
}
