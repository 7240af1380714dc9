using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Grpc.Core;

namespace Lockstep.Protos;

/// <summary>Writes a <see cref="ChunkMessage"/> as protobuf: the same bytes as the generated Chunk, without a ByteString.</summary>
internal static class ChunkWriter
{
    // Eight header fields of at most 11 bytes each, and the tag and length of data.
    private const int MaxHeaderBytes = 96;

    public static void Write(ChunkMessage message, SerializationContext context)
    {
        var data = MemoryMarshal.AsBytes(message.Data.Span);
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        header = header[..WriteHeader(header, message, data.Length)];

        context.SetPayloadLength(header.Length + data.Length);
        var writer = context.GetBufferWriter();
        writer.Write(header);
        writer.Write(data);
        context.Complete();
    }

    private static int WriteHeader(Span<byte> span, ChunkMessage message, int dataBytes)
    {
        var at = 0;
        if (message.Run != 0)
        {
            span[at++] = ChunkFields.Run;
            BinaryPrimitives.WriteUInt64LittleEndian(span[at..], message.Run);
            at += sizeof(ulong);
        }
        at += WriteVarint(span[at..], ChunkFields.Generation, message.Generation);
        at += WriteVarint(span[at..], ChunkFields.Step, message.Step);
        at += WriteVarint(span[at..], ChunkFields.BlockFirst, message.Block.First);
        at += WriteVarint(span[at..], ChunkFields.BlockCount, message.Block.Count);
        at += WriteVarint(span[at..], ChunkFields.Offset, message.Offset);
        if (message.Checksum != 0)
        {
            span[at++] = ChunkFields.Checksum;
            BinaryPrimitives.WriteUInt32LittleEndian(span[at..], message.Checksum);
            at += sizeof(uint);
        }
        at += WriteVarint(span[at..], ChunkFields.NodeIndex, message.NodeIndex);
        at += WriteVarint(span[at..], ChunkFields.Data, dataBytes);
        return at;
    }

    // A field with the value 0 is left out, as proto3 does; for data, that is its length.
    private static int WriteVarint(Span<byte> span, byte tag, long value)
    {
        if (value == 0) return 0;
        var at = 0;
        span[at++] = tag;
        var rest = (ulong)value;
        for (; rest >= 0x80; rest >>= 7) span[at++] = (byte)(rest | 0x80);
        span[at++] = (byte)rest;
        return at;
    }
}
