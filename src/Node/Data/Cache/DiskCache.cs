using System.Collections.Concurrent;
using System.Globalization;
using Lockstep.Protos;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Node.Data.Cache;

/// <summary>
/// Samples in files of a local disk, packed into slabs, with an index file beside them; see docs/data-pipeline.md for the
/// layout. It survives the process. Every hit is checked against the CRC-32C of when it was stored: a damaged sample is a
/// miss, and stored again.
/// </summary>
internal sealed class DiskCache : ISampleCache
{
    public const string SlabPattern = "slab-*.bin";

    private readonly CacheFolder _folder;
    private readonly CacheIndex _index;
    private readonly SampleSlots _slots;
    private readonly ConcurrentDictionary<int, SafeFileHandle> _slabs = new();
    private readonly Lock _lock = new();
    private readonly long _budgetBytes;
    private readonly int _slabBytes;
    private readonly Action<string> _warn;
    private int _last = -1;
    private long _lastUsed, _stored;
    private bool _full;

    private DiskCache(CacheFolder folder, int samples, long budgetBytes, int slabBytes, Action<string> warn)
    {
        (_folder, _budgetBytes, _slabBytes, _warn) = (folder, budgetBytes, slabBytes, warn);
        _slots = new SampleSlots(samples);
        var entries = CacheIndex.Read(folder.Path);
        var before = entries.Count;
        KeepWhatIsWhole(entries, samples);
        foreach (var entry in entries) Restore(entry);
        _index = CacheIndex.Open(folder.Path, entries, isWhole: before > 0 && entries.Count == before);
    }

    public string Folder => _folder.Path;

    public int Samples => _slots.Count;

    public long Bytes => _slots.Bytes;

    /// <summary>Opens a dataset's cache under a folder; null, with a warning, when the disk cannot have one.</summary>
    /// <exception cref="DataException">The folder may not be written.</exception>
    public static DiskCache? Open(string root, string fingerprint, int samples, long budgetBytes, int slabBytes, Action<string> warn)
    {
        CacheFolder? folder = null;
        try
        {
            folder = CacheFolder.Claim(Path.GetFullPath(root), fingerprint);
            return new DiskCache(folder, samples, budgetBytes, slabBytes, warn);
        }
        catch (IOException e)
        {
            folder?.Dispose();
            warn($"there is no cache in '{root}': {e.Message.TrimEnd('.')}. The run goes on without one.");
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            folder?.Dispose();
            throw new DataException($"the cache folder '{root}' cannot be written: {e.Message.TrimEnd('.')}. Choose another with Data:CacheFolder=..., or Data:Cache=none.", e);
        }
    }

    public int Read(int index, ref byte[] buffer)
    {
        if (!_slots.TryGet(index, out var slot)) return -1;
        SampleBuffer.Reserve(ref buffer, slot.Length);
        var bytes = buffer.AsSpan(0, slot.Length);
        if (TryRead(slot, bytes) && Crc32C.Of(bytes) == slot.Checksum) return slot.Length;
        _slots.Drop(index, slot);
        return -1;
    }

    public void Add(int index, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || Volatile.Read(ref _full) || !_slots.TryClaim(index)) return;
        try
        {
            var checksum = Crc32C.Of(bytes);
            if (TryReserve(bytes.Length, checksum, out var slot, out var slab))
            {
                RandomAccess.Write(slab, bytes, slot.Offset);
                lock (_lock) _index.Append(new(index, slot));
                _slots.Publish(index, slot);
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StopTaking(e);
        }
        _slots.Release(index);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Volatile.Write(ref _full, true);
            foreach (var slab in _slabs.Values) slab.Dispose();
            _index.Dispose();
            _folder.Dispose();
        }
    }

    private bool TryRead(SampleSlot slot, Span<byte> bytes)
    {
        try
        {
            var total = 0;
            while (total < bytes.Length)
            {
                var read = RandomAccess.Read(_slabs[slot.Slab], bytes[total..], slot.Offset + total);
                if (read == 0) return false;
                total += read;
            }
            return true;
        }
        catch (IOException)
        {
            return false; // the disk fails: the sample is read from its source
        }
    }

    // Space is handed out under the lock, and filled outside it.
    private bool TryReserve(int length, uint checksum, out SampleSlot slot, out SafeFileHandle slab)
    {
        lock (_lock)
        {
            (slot, slab) = (default, null!);
            if (_full || length > _slabBytes || _stored + length > _budgetBytes) return false; // a smaller sample may still fit
            if (_last < 0 || _lastUsed + length > _slabBytes)
            {
                _folder.MakeRoom(Math.Min(_stored + _slabBytes, _budgetBytes), _budgetBytes);
                _slabs[_last + 1] = OpenSlab(_last + 1, FileMode.Create);
                (_last, _lastUsed) = (_last + 1, 0);
            }
            slot = new(_last, (uint)_lastUsed, length, checksum);
            slab = _slabs[_last];
            _lastUsed += length;
            _stored += length;
            return true;
        }
    }

    private void StopTaking(Exception e)
    {
        lock (_lock)
        {
            if (_full) return;
            Volatile.Write(ref _full, true);
            _warn($"the cache in '{Folder}' takes no more images: {e.Message.TrimEnd('.')}. It has {_slots.Bytes >> 20} MiB of Data:CacheMiB={_budgetBytes >> 20}; make room on that disk, or lower Data:CacheMiB.");
        }
    }

    // What of the index is there and fits the budget stays. Of a budget that was lowered, the oldest slabs are too much.
    private void KeepWhatIsWhole(List<CacheEntry> entries, int samples)
    {
        var sizes = Directory.EnumerateFiles(Folder, SlabPattern)
            .Select(path => (Number: NumberOf(path), new FileInfo(path).Length))
            .Where(slab => slab.Number >= 0)
            .ToDictionary(slab => slab.Number, slab => slab.Length);
        entries.RemoveAll(e => e.Sample >= samples || !sizes.TryGetValue(e.Slot.Slab, out var size) || e.Slot.Offset + (long)e.Slot.Length > size);
        var stored = new Dictionary<int, long>();
        foreach (var entry in entries) stored[entry.Slot.Slab] = stored.GetValueOrDefault(entry.Slot.Slab) + entry.Slot.Length;
        var bytes = 0L;
        var kept = stored.OrderByDescending(slab => slab.Key).TakeWhile(slab => (bytes += slab.Value) <= _budgetBytes).Select(slab => slab.Key).ToHashSet();
        if (kept.Count < stored.Count) entries.RemoveAll(e => !kept.Contains(e.Slot.Slab));
        foreach (var number in sizes.Keys.Where(number => !kept.Contains(number))) File.Delete(PathOf(number));
    }

    private void Restore(CacheEntry entry)
    {
        var slot = entry.Slot;
        if (!_slabs.ContainsKey(slot.Slab)) _slabs[slot.Slab] = OpenSlab(slot.Slab, FileMode.Open);
        if (slot.Slab > _last) (_last, _lastUsed) = (slot.Slab, 0);
        if (slot.Slab == _last) _lastUsed = Math.Max(_lastUsed, slot.Offset + (long)slot.Length);
        _stored += slot.Length;
        if (_slots.TryGet(entry.Sample, out var before)) _slots.Drop(entry.Sample, before); // found damaged, and stored again
        if (_slots.TryClaim(entry.Sample)) _slots.Publish(entry.Sample, slot);
    }

    private SafeFileHandle OpenSlab(int number, FileMode mode) =>
        File.OpenHandle(PathOf(number), mode, FileAccess.ReadWrite, FileShare.ReadWrite, FileOptions.RandomAccess);

    private string PathOf(int number) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"slab-{number:000000}.bin"));

    private static int NumberOf(string path) =>
        int.TryParse(Path.GetFileNameWithoutExtension(path)["slab-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
