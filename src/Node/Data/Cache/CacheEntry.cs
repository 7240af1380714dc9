using System.Buffers.Binary;
using Lockstep.Protos;

namespace Lockstep.Node.Data.Cache;

/// <summary>One record of a cache's index file: which sample lies where. 24 bytes, little endian, the last four a CRC-32C of the others.</summary>
internal readonly record struct CacheEntry(int Sample, SampleSlot Slot)
{
    public const int SizeBytes = 24;

    public void Write(Span<byte> record)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, Sample);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], Slot.Slab);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Slot.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], Slot.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], Slot.Checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(record[20..], Crc32C.Of(record[..20]));
    }

    /// <summary>False when the record is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> record, out CacheEntry entry)
    {
        entry = new(
            BinaryPrimitives.ReadInt32LittleEndian(record),
            new(BinaryPrimitives.ReadInt32LittleEndian(record[4..]), BinaryPrimitives.ReadUInt32LittleEndian(record[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(record[12..]), BinaryPrimitives.ReadUInt32LittleEndian(record[16..])));
        return BinaryPrimitives.ReadUInt32LittleEndian(record[20..]) == Crc32C.Of(record[..20])
            && entry.Sample >= 0 && entry.Slot.Slab >= 0 && entry.Slot.Length > 0;
    }
}
