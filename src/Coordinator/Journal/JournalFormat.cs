using System.Buffers.Binary;
using Google.Protobuf;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Journal;

/// <summary>
/// The bytes of a journal: a line that names the format, then records of
/// <c>[length, uint32 LE][CRC-32C of the payload, uint32 LE][payload, a JournalRecord]</c>.
/// </summary>
internal static class JournalFormat
{
    private const int FrameBytes = 2 * sizeof(uint);
    private const int MaxPayloadBytes = 16 << 20;

    private static ReadOnlySpan<byte> Header => "lockstep journal 1\n"u8;

    private static ReadOnlySpan<byte> AnyVersion => "lockstep journal "u8;

    /// <summary>A journal of one record that stands for all, or of none where nothing was recorded.</summary>
    public static byte[] Whole(JournalState state) =>
        state == JournalState.Empty ? Header.ToArray() : [.. Header, .. Frame(state.ToSnapshot(), 0)];

    /// <summary>The bytes of a record, which says how much of the file was safe before it.</summary>
    public static byte[] Frame(JournalRecord record, long syncedBytes)
    {
        var stamped = record.Clone();
        stamped.SyncedBytes = syncedBytes;
        var size = stamped.CalculateSize();
        if (size > MaxPayloadBytes) throw new ArgumentException($"A record has {MaxPayloadBytes:N0} bytes at most, not {size:N0}.", nameof(record));
        var frame = new byte[FrameBytes + size];
        var payload = frame.AsSpan(FrameBytes);
        stamped.WriteTo(payload);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)size);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(sizeof(uint)), Checksum(payload));
        return frame;
    }

    /// <summary>Reads a journal up to its last whole record.</summary>
    /// <returns>What the records say, and where the last of them ends; 0 when not even the header is there.</returns>
    /// <exception cref="JournalException">It is no journal, of another version, or damaged before its end.</exception>
    public static (JournalState State, int Length) Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (!bytes.StartsWith(Header))
        {
            if (Header.StartsWith(bytes)) return (JournalState.Empty, 0);
            throw new JournalException(bytes.StartsWith(AnyVersion)
                ? $"{name} was written by another version of Lockstep, which this one cannot read. Go on with the version that began the run."
                : $"{name} is not a coordinator's journal, or its beginning is damaged. Restore it from a copy, or move it away: the run then goes on from its last checkpoint.");
        }
        var state = JournalState.Empty;
        var at = Header.Length;
        while (TryRead(bytes[at..], out var payload))
        {
            state = state.Apply(Parse(payload, at, name));
            at += FrameBytes + payload.Length;
        }
        ThrowIfDamaged(bytes, at, name);
        return (state, at);
    }

    // A power cut tears what was not yet synced, at any page of it. So a bad record is damage only if a later one says that
    // the bad bytes had been on the disk.
    private static void ThrowIfDamaged(ReadOnlySpan<byte> bytes, int bad, string name)
    {
        for (var at = bad + 1; at < bytes.Length; at++)
        {
            if (!TryRead(bytes[at..], out var payload)) continue;
            if (Parse(payload, at, name).SyncedBytes <= bad) continue;
            throw new JournalException(
                $"The journal {name} is damaged: the record at byte {bad} is not what was written, yet whole records follow, at byte {at}. So this is not the torn end that a power cut leaves. "
                + "Check the disk. Restore the file from a copy, or move it away and start again: the run then goes on from its last checkpoint.");
        }
    }

    // Zeros are no record, though the checksum of nothing is 0: file systems fill what they lost with them.
    private static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (bytes.Length <= FrameBytes) return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length is 0 or > MaxPayloadBytes || length > bytes.Length - FrameBytes) return false;
        payload = bytes.Slice(FrameBytes, (int)length);
        return Checksum(payload) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]);
    }

    private static JournalRecord Parse(ReadOnlySpan<byte> payload, int at, string name)
    {
        try
        {
            var record = JournalRecord.Parser.ParseFrom(payload);
            if (record.BodyCase != JournalRecord.BodyOneofCase.None) return record;
        }
        catch (InvalidProtocolBufferException)
        {
            // falls through: the checksum says that this is what was written
        }
        throw new JournalException($"The journal {name} has a record at byte {at} that this version of Lockstep does not know. Go on with the version that wrote it.");
    }

    private static uint Checksum(ReadOnlySpan<byte> payload) => Crc32C.Finish(Crc32C.Append(Crc32C.Start, payload));
}
