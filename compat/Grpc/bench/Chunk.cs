using System.Buffers;
using Grpc.Core;

namespace Lockstep.Compat.Grpc.Bench;

/// <summary>A message that owns its bytes for good: written from them, read into them, never allocated on the way.</summary>
internal sealed class Chunk(int sizeBytes)
{
    public byte[] Data { get; } = new byte[sizeBytes];

    /// <summary>Reads every message into that one chunk.</summary>
    public static Marshaller<Chunk> MarshallerInto(Chunk target) => Marshallers.Create<Chunk>(
        (chunk, context) =>
        {
            context.SetPayloadLength(chunk.Data.Length);
            context.GetBufferWriter().Write(chunk.Data);
            context.Complete();
        },
        context =>
        {
            context.PayloadAsReadOnlySequence().CopyTo(target.Data);
            return target;
        });
}
