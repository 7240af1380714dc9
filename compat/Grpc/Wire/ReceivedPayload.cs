using System.Buffers;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>What a deserializer sees: the received bytes in place. One object serves a whole stream.</summary>
internal sealed class ReceivedPayload : DeserializationContext
{
    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    public T Deserialize<T>(in ReadOnlySequence<byte> payload, Func<DeserializationContext, T> deserializer)
    {
        _payload = payload;
        try
        {
            return deserializer(this) ?? throw new InvalidOperationException("A deserializer returned null.");
        }
        finally
        {
            _payload = default;
        }
    }
}
