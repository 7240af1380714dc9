using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The response stream. Messages are deserialized in place from one reused array.</summary>
internal sealed class ClientStreamReader<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly FrameReader _frames = new(call.Channel.Encodings, call.Channel.Options.MaxReceiveMessageSize);
    private BusyGate _gate;
    private HttpResponseMessage? _response;
    private Stream? _stream;
    private string? _encoding;

    public TResponse Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(call.IsDisposed, call);
        using var registration = call.CancelOn(cancellationToken);
        if (!_gate.TryEnter())
        {
            return call.Outcome is { } ended
                ? IsEnd(ended)
                : throw new InvalidOperationException("Can't read the next message because the previous read is still in progress.");
        }

        try
        {
            Current = null!;
            if (_stream is null)
            {
                await OpenAsync().ConfigureAwait(false);
            }

            if (await _frames.ReadAsync(_stream!, call.Token).ConfigureAwait(false))
            {
                Current = _frames.Take(call.Method.ResponseMarshaller.ContextualDeserializer, _encoding);
                return true;
            }

            return IsEnd(call.FinishFrom(ResponseHead.ReadTrailers(_response!)));
        }
        catch (Exception exception) when (exception is not RpcException || call.Outcome is null)
        {
            return IsEnd(call.Fail("Error reading next message.", exception));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Reads the response of a call that has just one, and its end.</summary>
    public async Task<TResponse> ReadSingleAsync()
    {
        if (!_gate.TryEnter())
        {
            throw new OperationCanceledException();
        }

        try
        {
            await OpenAsync().ConfigureAwait(false);
            TResponse? response = null;
            while (await _frames.ReadAsync(_stream!, call.Token).ConfigureAwait(false))
            {
                response = response is null
                    ? _frames.Take(call.Method.ResponseMarshaller.ContextualDeserializer, _encoding)
                    : throw new InvalidDataException("Unexpected data after finished reading message.");
            }

            var head = ResponseHead.ReadTrailers(_response!);
            if (response is null && head.Outcome.Status.StatusCode == StatusCode.OK)
            {
                throw new RpcException(new Status(StatusCode.Internal, "Failed to deserialize response message."));
            }

            var outcome = call.FinishFrom(head);
            return outcome.Status.StatusCode == StatusCode.OK ? response! : throw call.ToException(outcome);
        }
        finally
        {
            Leave();
        }
    }

    public void Close()
    {
        if (_gate.Close())
        {
            _frames.Dispose();
        }
    }

    private async Task OpenAsync()
    {
        _response = await call.Started.ConfigureAwait(false);
        _encoding = ResponseHead.Find(_response.Headers, GrpcHeaders.Encoding);
        _stream = await _response.Content.ReadAsStreamAsync(call.Token).ConfigureAwait(false);
    }

    /// <summary>False, the answer at the end of a stream, if the call ended well.</summary>
    private bool IsEnd(CallOutcome outcome) => outcome.Status.StatusCode == StatusCode.OK ? false : throw call.ToException(outcome);

    private void Leave()
    {
        if (_gate.Exit())
        {
            _frames.Dispose();
        }
    }
}
