using System.Buffers;
using System.Runtime.InteropServices;
using Grpc.Core;

namespace Lockstep.Protos;

/// <summary>
/// Reads a <see cref="ChunkMessage"/>: any valid protobuf encoding of Chunk, whose floats may straddle the segments of the
/// received sequence. Never throws for what was received: a message that cannot be used says so in its Problem.
/// </summary>
internal static class ChunkReader
{
    public static ChunkMessage Read(DeserializationContext context, IChunkSink sink)
    {
        var message = sink.Rent();
        message.Clear(); // fields with the value 0 are not on the wire
        message.Problem = Parse(context.PayloadAsReadOnlySequence(), message, out var data) ? Fill(message, data, sink) : "the message is not a Chunk of collective.proto";
        return message;
    }

    private static string? Fill(ChunkMessage message, ReadOnlySequence<byte> data, IChunkSink sink)
    {
        if (data.Length % sizeof(float) != 0) return $"{data.Length} bytes of data are not whole floats";
        if (sink.Place(message, (int)(data.Length / sizeof(float))) is { } refusal) return refusal;

        var target = MemoryMarshal.AsBytes(message.Data.Span);
        var state = Crc32C.Start;
        foreach (var segment in data)
        {
            segment.Span.CopyTo(target);
            state = Crc32C.Append(state, segment.Span);
            target = target[segment.Length..];
        }
        var checksum = Crc32C.Finish(state);
        return checksum == message.Checksum ? null : $"checksum {checksum:x8} of the received data differs from the sender's {message.Checksum:x8}";
    }

    private static bool Parse(ReadOnlySequence<byte> payload, ChunkMessage message, out ReadOnlySequence<byte> data)
    {
        data = default;
        var reader = new SequenceReader<byte>(payload);
        while (!reader.End)
        {
            if (!TryReadVarint(ref reader, out var tag)) return false;
            if (tag == ChunkFields.Data)
            {
                if (!TryReadVarint(ref reader, out var length) || length > (ulong)reader.Remaining) return false;
                data = payload.Slice(reader.Position, (long)length);
                reader.Advance((long)length);
            }
            else if (!TryReadField(ref reader, tag, message))
            {
                return false;
            }
        }
        return true;
    }

    private static bool TryReadField(ref SequenceReader<byte> reader, ulong tag, ChunkMessage message)
    {
        if (!TryReadValue(ref reader, (int)(tag & 7), out var value)) return false;
        switch (tag)
        {
            case ChunkFields.Run: message.Run = value; break;
            case ChunkFields.Generation: message.Generation = (long)value; break;
            case ChunkFields.Step: message.Step = (long)value; break;
            case ChunkFields.BlockFirst: message.Block = message.Block with { First = (int)value }; break;
            case ChunkFields.BlockCount: message.Block = message.Block with { Count = (int)value }; break;
            case ChunkFields.Offset: message.Offset = (long)value; break;
            case ChunkFields.Checksum: message.Checksum = (uint)value; break;
            case ChunkFields.NodeIndex: message.NodeIndex = (int)value; break;
            default: break; // a field of a later version
        }
        return true;
    }

    // The value of a number; the bytes of a length-delimited field of a later version are stepped over.
    private static bool TryReadValue(ref SequenceReader<byte> reader, int wireType, out ulong value)
    {
        value = 0;
        switch (wireType)
        {
            case ChunkFields.Varint:
                return TryReadVarint(ref reader, out value);
            case ChunkFields.Fixed64:
                var whole = reader.TryReadLittleEndian(out long fixed64);
                value = (ulong)fixed64;
                return whole;
            case ChunkFields.Fixed32:
                whole = reader.TryReadLittleEndian(out int fixed32);
                value = (uint)fixed32;
                return whole;
            case ChunkFields.LengthDelimited:
                if (!TryReadVarint(ref reader, out var length) || length > (ulong)reader.Remaining) return false;
                reader.Advance((long)length);
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadVarint(ref SequenceReader<byte> reader, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!reader.TryRead(out var next)) return false;
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return true;
        }
        return false;
    }
}
