using Lockstep.Node.Data.Sources;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Node.Data.Shards;

/// <summary>Open files of shards, as few as may be: the one that was not used for longest is closed for another. Thread-safe.</summary>
internal sealed class ShardFiles(string folder, IReadOnlyList<ShardEntry> shards)
{
    /// <summary>Files that stay open when nobody reads them.</summary>
    public const int Most = 64;

    private readonly Lock _lock = new();
    private readonly Slot[] _slots = new Slot[shards.Count];
    private int _open;
    private long _time;

    /// <summary>Files open now.</summary>
    public int Open
    {
        get
        {
            lock (_lock) return _open;
        }
    }

    /// <summary>A shard's file, open until it is released as often as it was acquired.</summary>
    /// <exception cref="IOException">It cannot be opened, or is another file than the one that was scanned.</exception>
    public SafeFileHandle Acquire(int shard)
    {
        lock (_lock)
        {
            ref var slot = ref _slots[shard];
            if (slot.Handle is null)
            {
                slot.Handle = OpenFile(shards[shard]);
                if (++_open > Most) CloseOldest();
            }
            slot.Users++;
            slot.LastUse = ++_time;
            return slot.Handle;
        }
    }

    /// <param name="failed">Reading went wrong: the file is opened anew next time, since a mount may have come back.</param>
    public void Release(int shard, bool failed)
    {
        lock (_lock)
        {
            ref var slot = ref _slots[shard];
            slot.Users--;
            slot.Failed |= failed;
            if (slot is { Failed: true, Users: 0 }) Close(ref slot);
        }
    }

    private SafeFileHandle OpenFile(ShardEntry shard)
    {
        var handle = File.OpenHandle(Path.Join(folder, shard.Name));
        var length = RandomAccess.GetLength(handle);
        if (length == shard.SizeBytes) return handle;
        handle.Dispose();
        throw new IOException($"the shard '{shard.Name}' has {length:N0} bytes, but had {shard.SizeBytes:N0} when it was indexed.");
    }

    private void CloseOldest()
    {
        var oldest = -1;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is not { Handle: not null, Users: 0, LastUse: > 0 } idle) continue;
            if (oldest < 0 || idle.LastUse < _slots[oldest].LastUse) oldest = i;
        }
        if (oldest >= 0) Close(ref _slots[oldest]);
    }

    private void Close(ref Slot slot)
    {
        slot.Handle?.Dispose();
        slot = default;
        _open--;
    }

    private struct Slot
    {
        public SafeFileHandle? Handle;
        public int Users;
        public long LastUse;
        public bool Failed;
    }
}
