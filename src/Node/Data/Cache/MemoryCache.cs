namespace Lockstep.Node.Data.Cache;

/// <summary>
/// Samples in memory, packed into large slabs that are allocated as they fill: a million arrays of their own would keep the
/// garbage collector busy. Nothing is ever removed.
/// </summary>
/// <param name="samples">Samples of the dataset.</param>
/// <param name="budgetBytes">Bytes of all slabs.</param>
/// <param name="slabBytes">Bytes a slab.</param>
/// <param name="warn">Hears once when the machine has less memory than the budget.</param>
internal sealed class MemoryCache(int samples, long budgetBytes, int slabBytes, Action<string> warn) : ISampleCache
{
    private readonly SampleSlots _slots = new(samples);
    private readonly byte[][] _slabs = new byte[(budgetBytes + slabBytes - 1) / slabBytes][];
    private readonly Lock _lock = new();
    private int _count, _used;
    private long _allocated;

    public int Samples => _slots.Count;

    public long Bytes => _slots.Bytes;

    public int Read(int index, ref byte[] buffer)
    {
        if (!_slots.TryGet(index, out var slot)) return -1;
        SampleBuffer.Reserve(ref buffer, slot.Length);
        _slabs[slot.Slab].AsSpan((int)slot.Offset, slot.Length).CopyTo(buffer);
        return slot.Length;
    }

    public void Add(int index, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || !_slots.TryClaim(index)) return;
        if (TryReserve(bytes.Length) is not { } slot)
        {
            _slots.Release(index);
            return;
        }
        bytes.CopyTo(_slabs[slot.Slab].AsSpan((int)slot.Offset)); // nobody reads there before it is published
        _slots.Publish(index, slot);
    }

    // The slabs are the collector's: a worker that was left behind in a read may still look at them.
    public void Dispose()
    {
    }

    private SampleSlot? TryReserve(int length)
    {
        lock (_lock)
        {
            if (_count == 0 || _slabs[_count - 1].Length - _used < length)
            {
                var size = (int)Math.Min(slabBytes, budgetBytes - _allocated);
                if (size < length || !TryAllocate(size)) return null; // a smaller sample may still fit
            }
            var slot = new SampleSlot(_count - 1, (uint)_used, length, 0);
            _used += length;
            return slot;
        }
    }

    private bool TryAllocate(int size)
    {
        try
        {
            _slabs[_count] = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        }
        catch (OutOfMemoryException)
        {
            warn($"the memory cache is full at {_allocated >> 20} MiB, since the machine has no more: it takes no more images. Lower Data:CacheMiB (now {budgetBytes >> 20}).");
            _allocated = budgetBytes;
            return false;
        }
        (_count, _used, _allocated) = (_count + 1, 0, _allocated + size);
        return true;
    }
}
