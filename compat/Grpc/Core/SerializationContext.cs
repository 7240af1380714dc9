using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a marshaller puts one message: a whole array, or the buffer writer and then <see cref="Complete()"/>.</summary>
public abstract class SerializationContext
{
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>Announces the exact size, so that the message goes straight to its place. Before <see cref="GetBufferWriter"/>.</summary>
    public virtual void SetPayloadLength(int payloadLength) => throw new NotImplementedException();

    public virtual void Complete() => throw new NotImplementedException();
}
