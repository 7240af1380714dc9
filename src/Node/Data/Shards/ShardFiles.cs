using Lockstep.Node.Data.Sources;
using Lockstep.Node.Posix;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Node.Data.Shards;

/// <summary>Open files of shards, as few as may be: the one that was not used for longest is closed for another. Thread-safe.</summary>
internal sealed class ShardFiles
{
    private const int Least = 64, Most = 1000;

    private readonly string _folder;
    private readonly IReadOnlyList<ShardEntry> _shards;
    private readonly int _most;
    private readonly Func<string, SafeFileHandle> _openFile;
    private readonly Lock _lock = new();
    private readonly Slot[] _slots;
    private int _open;
    private long _time;

    /// <param name="folder">Folder of the shards.</param>
    /// <param name="shards">The shards.</param>
    /// <param name="most">Files that stay open when nobody reads them; null: a thousand, or a quarter of what the process may open if that is less.</param>
    /// <param name="openFile">Opens a path for reading; null: the system does.</param>
    public ShardFiles(string folder, IReadOnlyList<ShardEntry> shards, int? most = null, Func<string, SafeFileHandle>? openFile = null)
    {
        (_folder, _shards, _slots) = (folder, shards, new Slot[shards.Count]);
        _most = most ?? (int)Math.Clamp(LibC.MostOpenFiles() / 4, Least, Most);
        _openFile = openFile ?? (path => File.OpenHandle(path));
    }

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
            if (_slots[shard].Handle is not null) return Use(ref _slots[shard]);
        }
        // Outside the lock: one shard that takes its time must not keep others from being read.
        var opened = OpenFile(_shards[shard]);
        lock (_lock)
        {
            ref var slot = ref _slots[shard];
            if (slot.Handle is null)
            {
                slot.Handle = opened;
                _open++;
            }
            else opened.Dispose(); // somebody else was faster
            var file = Use(ref slot);
            while (_open > _most && TryCloseOldest()) { }
            return file;
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

    private SafeFileHandle Use(ref Slot slot)
    {
        slot.Users++;
        slot.LastUse = ++_time;
        return slot.Handle!;
    }

    private SafeFileHandle OpenFile(ShardEntry shard)
    {
        var handle = _openFile(Path.Join(_folder, shard.Name));
        var length = RandomAccess.GetLength(handle);
        if (length == shard.SizeBytes) return handle;
        handle.Dispose();
        throw new IOException($"the shard '{shard.Name}' has {length:N0} bytes, but had {shard.SizeBytes:N0} when it was indexed.");
    }

    private bool TryCloseOldest()
    {
        var oldest = -1;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is not { Handle: not null, Users: 0, LastUse: > 0 } idle) continue;
            if (oldest < 0 || idle.LastUse < _slots[oldest].LastUse) oldest = i;
        }
        if (oldest < 0) return false; // all are being read
        Close(ref _slots[oldest]);
        return true;
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
