using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

internal sealed partial class HttpServerCall
{
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly PipeFrameWriter _frames;
    private readonly ReceivedPayload _payload = new();
    private ICompressionProvider? _responseEncoding;
    private string? _requestEncoding;
    private Exception? _parseFailure;

    /// <summary>Reads the request of a method that has just one, and checks that nothing follows.</summary>
    public async ValueTask<T> ReadSingleAsync<T>(Marshaller<T> marshaller)
        where T : class
    {
        var message = await ReadAsync(marshaller, CancellationToken.None).ConfigureAwait(false)
            ?? throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
        var end = await _input.ReadAsync().ConfigureAwait(false);
        _input.AdvanceTo(end.Buffer.End);
        return end.Buffer.IsEmpty
            ? message
            : throw new RpcException(new Status(StatusCode.Internal, "Additional data after the message received."));
    }

    /// <summary>Reads the next message, deserialized in place from the transport's buffers; null at the end of the stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<T?> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken)
        where T : class
    {
        if (_ended || Http.RequestAborted.IsCancellationRequested)
        {
            throw new InvalidOperationException("Can't read messages after the request is complete.");
        }

        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCanceled)
            {
                throw new RpcException(new Status(StatusCode.Internal, "Incoming message cancelled."));
            }

            var buffer = result.Buffer;
            var consumed = buffer.Start;
            var examined = buffer.End;
            try
            {
                if (TryTake(buffer, marshaller, out var message, ref consumed))
                {
                    examined = consumed;
                    return message;
                }

                if (result.IsCompleted)
                {
                    return buffer.IsEmpty ? null : throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
                }
            }
            finally
            {
                // Examined bytes open the flow-control window again, so that a message may be larger than the window.
                _input.AdvanceTo(consumed, examined);
            }
        }
    }

    /// <summary>Writes the response of a method that has just one; it is sent with the status.</summary>
    public ValueTask WriteSingleAsync<T>(T? response, Marshaller<T> marshaller)
        where T : class =>
        response is null
            ? throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."))
            : WriteAsync(response, marshaller, flush: false, CancellationToken.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync<T>(T message, Marshaller<T> marshaller, bool flush, CancellationToken cancellationToken)
        where T : class
    {
        if (!_ended && !Http.Response.HasStarted)
        {
            await Http.Response.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        lock (_lock)
        {
            if (_ended || Http.RequestAborted.IsCancellationRequested)
            {
                throw new InvalidOperationException("Can't write the message because the request is complete.");
            }

            var compressor = ((WriteOptions?.Flags ?? 0) & WriteFlags.NoCompress) == 0 ? _responseEncoding : null;
            _frames.Write(message, marshaller.ContextualSerializer, compressor);
        }

        if (!flush)
        {
            return;
        }

        var flushed = await _output.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!flushed.IsCompleted && (_cancellation.IsCancellationRequested || cancellationToken.IsCancellationRequested))
        {
            throw new OperationCanceledException("Request aborted while sending the message.");
        }
    }

    private bool TryTake<T>(in ReadOnlySequence<byte> buffer, Marshaller<T> marshaller, out T? message, ref SequencePosition consumed)
    {
        message = default;
        if (buffer.Length < FrameHeader.SizeBytes)
        {
            return false;
        }

        var header = FrameHeader.Read(buffer, _options.MaxReceiveBytes);
        if (buffer.Length < FrameHeader.SizeBytes + (long)header.Length)
        {
            return false;
        }

        var payload = buffer.Slice(FrameHeader.SizeBytes, header.Length);
        consumed = payload.End;
        if (header.IsCompressed)
        {
            if (_options.Encodings.Find(_requestEncoding) is null && !Http.Response.HasStarted)
            {
                // Tells the client what it may use instead (compression.md).
                Http.Response.Headers[GrpcHeaders.AcceptEncoding] = _options.Encodings.AcceptHeader;
            }

            payload = _options.Encodings.Decompress(payload, _requestEncoding, _options.MaxReceiveBytes);
        }

        try
        {
            message = _payload.Deserialize(payload, marshaller.ContextualDeserializer);
        }
        catch (Exception exception)
        {
            // The handler sees the exception as it is; the client, if it comes that far, Internal (statuscodes.md).
            _parseFailure = exception;
            throw;
        }

        return true;
    }

    private void UseResponseEncoding(string? name)
    {
        _responseEncoding = _options.Encodings.Find(name);
        if (_responseEncoding is not null)
        {
            Http.Response.Headers[GrpcHeaders.Encoding] = name;
        }
    }
}
