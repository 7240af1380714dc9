using System.Buffers;
using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>
/// Collects one message and its header in one pooled array, ready for a single write. The array is kept from one
/// message to the next and given back on <see cref="Dispose"/>.
/// </summary>
internal sealed class FrameBuffer(int? maxPayload) : SerializationContext, IBufferWriter<byte>, IDisposable
{
    private const int InitialBytes = 1024;
    private byte[] _array = [];
    private ReadOnlyMemory<byte> _frame;
    private int _announced;
    private int _written;
    private bool _completed;

    /// <summary>Compresses the messages that follow; null for none.</summary>
    public ICompressionProvider? Compressor { get; set; }

    public CompressionLevel? CompressionLevel { get; set; }

    /// <summary>Header and payload of the message; valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlyMemory<byte> Frame => _completed ? _frame : throw new InvalidOperationException("The serializer did not call Complete.");

    public void Begin()
    {
        _announced = -1;
        _written = 0;
        _completed = false;
    }

    public override void SetPayloadLength(int payloadLength)
    {
        FrameHeader.CheckSend(payloadLength, maxPayload);
        _announced = payloadLength;
        Reserve(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter() => this;

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        payload.CopyTo(_array.AsSpan(FrameHeader.SizeBytes));
        _written = payload.Length;
        Complete();
    }

    public override void Complete()
    {
        if (_announced >= 0 && _written != _announced)
        {
            throw new InvalidOperationException($"The serializer announced {_announced} bytes and wrote {_written}.");
        }

        FrameHeader.CheckSend(_written, maxPayload);
        Reserve(0);
        if (Compressor is not null)
        {
            var payload = MessageEncodings.Compress(Compressor, CompressionLevel, _array.AsMemory(FrameHeader.SizeBytes, _written));
            _written = 0;
            Reserve(payload.Length);
            payload.CopyTo(_array.AsMemory(FrameHeader.SizeBytes));
            _written = payload.Length;
        }

        new FrameHeader(Compressor is not null, _written).Write(_array);
        _frame = _array.AsMemory(0, FrameHeader.SizeBytes + _written);
        _completed = true;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - FrameHeader.SizeBytes - _written);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(FrameHeader.SizeBytes + _written);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var array = _array;
        _array = [];
        _frame = default;
        _completed = false;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void Reserve(int count)
    {
        var needed = FrameHeader.SizeBytes + _written + count;
        if (_array.Length >= needed)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, InitialBytes), (int)Math.Min(2L * _array.Length, Array.MaxLength)));
        _array.AsSpan(0, Math.Min(_array.Length, FrameHeader.SizeBytes + _written)).CopyTo(larger);
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = larger;
    }
}
