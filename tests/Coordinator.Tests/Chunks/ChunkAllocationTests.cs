using System.Buffers;
using Grpc.Core;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Chunks;

/// <summary>
/// The way of a gradient slice through our code (seal, write, read, check, add in tree order, release) takes nothing from
/// the managed heap. What HTTP/2 takes on top of it, the benchmark `reduce` measures.
/// </summary>
public sealed class ChunkAllocationTests
{
    private const int Floats = 1 << 16, Steps = 50;

    [Fact]
    public void SliceFromBufferToSum_InSteadyState_AllocatesNothing()
    {
        var method = CollectiveMethods.ExchangeInto(new ChunkPool());
        var reducer = new SliceReducer(0, 2);
        var outgoing = new ChunkMessage { Run = 1, Generation = 1 };
        var wire = new Wire();
        var data = new float[Floats];
        for (var step = 0; step < 10; step++) Step(step); // pools fill, code is compiled

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 10; step < 10 + Steps; step++) Step(step);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step(int step)
        {
            ChunkMessage? sum = null;
            for (var microbatch = 0; microbatch < 2; microbatch++)
            {
                outgoing.Step = step;
                outgoing.Block = new(microbatch, 1);
                outgoing.Data = data;
                outgoing.Seal();
                wire.Clear();
                method.RequestMarshaller.ContextualSerializer(outgoing, wire);
                var received = method.ResponseMarshaller.ContextualDeserializer(wire.Reading);
                if (received.Problem is not null) throw new InvalidOperationException(received.Problem);
                sum = reducer.Add(received).Sum;
            }
            sum!.Release();
        }
    }

    /// <summary>Both contexts over one buffer that is used again.</summary>
    private sealed class Wire : SerializationContext, IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[Floats * sizeof(float) + 1024];
        private int _written;

        public Wire() => Reading = new Reader(this);

        public Reader Reading { get; }

        public void Clear() => _written = 0;

        public override void SetPayloadLength(int payloadLength)
        {
        }

        public override IBufferWriter<byte> GetBufferWriter() => this;

        public override void Complete()
        {
        }

        public void Advance(int count) => _written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_written);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_written);

        internal sealed class Reader(Wire wire) : DeserializationContext
        {
            public override int PayloadLength => wire._written;

            public override byte[] PayloadAsNewBuffer() => throw new InvalidOperationException("that would allocate");

            public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(wire._bytes, 0, wire._written);
        }
    }
}
