using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The request stream. Each message is serialized into one reused array and sent with one write.</summary>
internal sealed class ClientStreamWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call) : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private readonly FrameBuffer _frame = new(call.Channel.Options.MaxSendMessageSize) { Compressor = call.Encoding };
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Continues in CompleteAsync, so that the end of the stream is on its way before the caller can dispose the call.
    private readonly TaskCompletionSource _completed = new();
    private BusyGate _gate;
    private bool _completeCalled;

    /// <summary>Whether the user has ended the stream.</summary>
    public bool IsCompleted => _completed.Task.IsCompletedSuccessfully;

    public WriteOptions? WriteOptions { get; set; } = call.Options.WriteOptions;

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(call.IsDisposed, call);
        if (_completeCalled)
        {
            throw new InvalidOperationException("Request stream has already been completed.");
        }

        using var registration = call.CancelOn(cancellationToken);
        if (!_gate.TryEnter())
        {
            throw call.Outcome is { } outcome
                ? call.ToException(outcome)
                : new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        try
        {
            var stream = _stream.Task.IsCompletedSuccessfully ? _stream.Task.Result : await _stream.Task.ConfigureAwait(false);
            Serialize(message);
            await stream.WriteAsync(_frame.Frame, call.Token).ConfigureAwait(false);
            await stream.FlushAsync(call.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            // The call is over, but why is for its end to say: the server's status may still be on its way to the reader.
            throw call.ToException(call.Outcome ?? new CallOutcome(FailureStatus.FromException("Error sending message.", exception)));
        }
        finally
        {
            Leave();
        }
    }

    public Task CompleteAsync()
    {
        ObjectDisposedException.ThrowIf(call.IsDisposed, call);
        if (_gate.IsBusy)
        {
            return Task.FromException(
                new InvalidOperationException("Can't complete the client stream writer because the previous write is in progress."));
        }

        _completeCalled = true;
        _completed.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Sends the one request of a call that has just one.</summary>
    public async Task WriteSingleAsync(Stream stream, TRequest message)
    {
        if (!_gate.TryEnter())
        {
            throw new OperationCanceledException();
        }

        try
        {
            try
            {
                Serialize(message);
            }
            catch (Exception exception)
            {
                // Recorded here, before HttpClient wraps it. A failing write is not: the server's status may follow.
                call.Fail("Error starting gRPC call.", exception);
                throw;
            }

            await stream.WriteAsync(_frame.Frame, call.Token).ConfigureAwait(false);
        }
        finally
        {
            _frame.Dispose();
            Leave();
        }
    }

    /// <summary>Lends the HTTP request stream to the user until the stream is completed or the call ends.</summary>
    public Task ServeAsync(Stream stream)
    {
        _stream.TrySetResult(stream);
        return _completed.Task;
    }

    public void Close()
    {
        _stream.TrySetCanceled();
        _completed.TrySetCanceled();
        if (_gate.Close())
        {
            _frame.Dispose();
        }
    }

    private void Serialize(TRequest message)
    {
        _frame.Compressor = ((WriteOptions?.Flags ?? 0) & WriteFlags.NoCompress) == 0 ? call.Encoding : null;
        _frame.Begin();
        call.Method.RequestMarshaller.ContextualSerializer(message, _frame);
    }

    private void Leave()
    {
        if (_gate.Exit())
        {
            _frame.Dispose();
        }
    }
}
