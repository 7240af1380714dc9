using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// Serializes messages into a pipe: straight into it when the marshaller announces the length, by way of an array
/// when it does not or when the message is compressed.
/// </summary>
internal sealed class PipeFrameWriter(PipeWriter pipe, int? maxPayload) : SerializationContext, IBufferWriter<byte>, IDisposable
{
    private readonly FrameBuffer _buffer = new(maxPayload);
    private int _announced;
    private int _written;
    private bool _completed;

    public CompressionLevel? CompressionLevel
    {
        set => _buffer.CompressionLevel = value;
    }

    /// <summary>Whether the pipe holds a part of a message that never became whole, so that nothing sensible can follow.</summary>
    public bool IsBroken { get; private set; }

    public void Write<T>(T message, Action<T, SerializationContext> serializer, ICompressionProvider? compressor)
    {
        _announced = -1;
        _written = 0;
        _completed = false;
        _buffer.Compressor = compressor;
        _buffer.Begin();
        serializer(message, this);
        if (!_completed)
        {
            throw new InvalidOperationException("The serializer did not call Complete.");
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (_buffer.Compressor is not null)
        {
            _buffer.SetPayloadLength(payloadLength);
            return;
        }

        FrameHeader.CheckSend(payloadLength, maxPayload);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_announced < 0)
        {
            return _buffer;
        }

        StartFrame();
        return this;
    }

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        GetBufferWriter().Write(payload);
        Complete();
    }

    public override void Complete()
    {
        if (_announced < 0)
        {
            _buffer.Complete();
            pipe.Write(_buffer.Frame.Span);
        }
        else
        {
            StartFrame();
            if (_written != _announced)
            {
                throw new InvalidOperationException($"The serializer announced {_announced} bytes and wrote {_written}.");
            }

            IsBroken = false;
        }

        _completed = true;
    }

    public void Advance(int count)
    {
        pipe.Advance(count);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

    public void Dispose() => _buffer.Dispose();

    private void StartFrame()
    {
        if (IsBroken)
        {
            return;
        }

        new FrameHeader(false, _announced).Write(pipe.GetSpan(FrameHeader.SizeBytes));
        pipe.Advance(FrameHeader.SizeBytes);
        IsBroken = true;
    }
}
