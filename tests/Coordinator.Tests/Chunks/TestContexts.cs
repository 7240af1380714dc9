using System.Buffers;
using Grpc.Core;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Chunks;

/// <summary>Runs the marshaller without a wire.</summary>
internal static class TestContexts
{
    public static byte[] Write(ChunkMessage message)
    {
        var context = new Writing();
        CollectiveMethods.Exchange.RequestMarshaller.ContextualSerializer(message, context);
        Assert.Equal(context.Announced, context.Buffer.WrittenCount);
        Assert.True(context.Completed);
        return context.Buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads from segments of at most this many bytes.</summary>
    public static ChunkMessage Read(byte[] bytes, int segmentBytes = int.MaxValue, IChunkSink? sink = null)
    {
        var sequence = ReadOnlySequence<byte>.Empty;
        if (bytes.Length > 0)
        {
            var (first, last) = Chain(bytes, segmentBytes);
            sequence = new(first, 0, last, last.Memory.Length);
        }
        var method = sink is null ? CollectiveMethods.Exchange : CollectiveMethods.ExchangeInto(sink);
        return method.ResponseMarshaller.ContextualDeserializer(new Reading(sequence));
    }

    private static (Piece First, Piece Last) Chain(byte[] bytes, int segmentBytes)
    {
        var parts = bytes.Chunk(Math.Min(segmentBytes, bytes.Length)).ToArray();
        var first = new Piece(parts[0], 0);
        return (first, parts.Skip(1).Aggregate(first, (last, part) => last.Append(part)));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long index) => (Memory, RunningIndex) = (bytes, index);

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed class Writing : SerializationContext
    {
        public ArrayBufferWriter<byte> Buffer { get; } = new();

        public int Announced { get; private set; }

        public bool Completed { get; private set; }

        public override void SetPayloadLength(int payloadLength) => Announced = payloadLength;

        public override IBufferWriter<byte> GetBufferWriter() => Buffer;

        public override void Complete() => Completed = true;
    }

    private sealed class Reading(ReadOnlySequence<byte> sequence) : DeserializationContext
    {
        public override int PayloadLength => (int)sequence.Length;

        public override byte[] PayloadAsNewBuffer() => sequence.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => sequence;
    }
}
