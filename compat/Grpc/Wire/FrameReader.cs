using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>
/// Reads messages from a response stream into one pooled array, which is kept from one message to the next; it
/// grows to hold the largest message and is given back on <see cref="Dispose"/>.
/// </summary>
internal sealed class FrameReader(MessageEncodings encodings, int? maxPayload) : IDisposable
{
    // Room for four of HTTP/2's default frames, so that small messages share a read.
    private const int InitialBytes = 64 * 1024;
    private readonly ReceivedPayload _payload = new();
    private byte[] _array = [];
    private FrameHeader _header;
    private int _start;
    private int _end;

    /// <summary>Buffers the next message whole. False at a clean end of the stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (_end - _start < FrameHeader.SizeBytes)
        {
            MakeRoom(FrameHeader.SizeBytes);
            var count = await stream.ReadAsync(_array.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _end == _start ? false : throw Incomplete();
            }

            _end += count;
        }

        _header = FrameHeader.Read(_array.AsSpan(_start, FrameHeader.SizeBytes), maxPayload);
        var frameBytes = FrameHeader.SizeBytes + _header.Length;
        MakeRoom(frameBytes);
        while (_end - _start < frameBytes)
        {
            var count = await stream.ReadAsync(_array.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw Incomplete();
            }

            _end += count;
        }

        return true;
    }

    /// <summary>Deserializes the buffered message in place and steps over it.</summary>
    public T Take<T>(Func<DeserializationContext, T> deserializer, string? encoding)
    {
        var payload = new ReadOnlySequence<byte>(_array, _start + FrameHeader.SizeBytes, _header.Length);
        _start += FrameHeader.SizeBytes + _header.Length;
        if (_header.IsCompressed)
        {
            payload = encodings.Decompress(payload, encoding, maxPayload);
        }

        try
        {
            return _payload.Deserialize(payload, deserializer);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            // Internal, by statuscodes.md. Protobuf's own exception is an IOException, which would pass for a broken connection.
            throw new RpcException(
                new Status(StatusCode.Internal, $"Error parsing response. {exception.GetType().Name}: {exception.Message}", exception));
        }
    }

    public void Dispose()
    {
        var array = _array;
        _array = [];
        _start = _end = 0;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private static RpcException Incomplete() => new(new Status(StatusCode.Internal, "Incomplete message."));

    /// <summary>Makes room for a frame of that size from <see cref="_start"/> on, moving what is buffered if need be.</summary>
    private void MakeRoom(int frameBytes)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        var buffered = _end - _start;
        if (buffered >= frameBytes || (_array.Length - _start >= frameBytes && _end < _array.Length))
        {
            return;
        }

        var target = _array.Length >= frameBytes ? _array : ArrayPool<byte>.Shared.Rent(Math.Max(frameBytes, InitialBytes));
        _array.AsSpan(_start, buffered).CopyTo(target);
        if (target != _array && _array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        (_array, _start, _end) = (target, 0, buffered);
    }
}
