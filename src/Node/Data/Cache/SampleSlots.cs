namespace Lockstep.Node.Data.Cache;

/// <summary>
/// Where each sample of a dataset lies in a cache: 16 bytes a sample, read without locks. A sample is claimed by one thread,
/// stored, and then published.
/// </summary>
internal sealed class SampleSlots(int samples)
{
    private const long Absent = 0, Claimed = -1;

    // Slab and offset, plus one: a position is published last and read first.
    private readonly long[] _positions = new long[samples];
    private readonly int[] _lengths = new int[samples];
    private readonly uint[] _checksums = new uint[samples];
    private int _count;
    private long _bytes;

    /// <summary>Samples published.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public bool TryGet(int index, out SampleSlot slot)
    {
        var position = Volatile.Read(ref _positions[index]);
        if (position is Absent or Claimed)
        {
            slot = default;
            return false;
        }
        slot = new((int)((position - 1) >> 32), (uint)(position - 1), _lengths[index], _checksums[index]);
        return true;
    }

    /// <summary>Reserves a sample for the caller, who publishes or releases it; false when it is there or somebody else has it.</summary>
    public bool TryClaim(int index) => Interlocked.CompareExchange(ref _positions[index], Claimed, Absent) == Absent;

    public void Publish(int index, SampleSlot slot)
    {
        (_lengths[index], _checksums[index]) = (slot.Length, slot.Checksum);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, slot.Length);
        Volatile.Write(ref _positions[index], PositionOf(slot));
    }

    /// <summary>Gives a claim up.</summary>
    public void Release(int index) => Volatile.Write(ref _positions[index], Absent);

    /// <summary>Forgets a sample that was found damaged, unless it has been replaced meanwhile.</summary>
    public void Drop(int index, SampleSlot slot)
    {
        var position = PositionOf(slot);
        if (Interlocked.CompareExchange(ref _positions[index], Absent, position) != position) return;
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -slot.Length);
    }

    private static long PositionOf(SampleSlot slot) => (((long)slot.Slab << 32) | slot.Offset) + 1;
}
