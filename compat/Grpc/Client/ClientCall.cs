using Grpc.Core;
using Grpc.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>
/// The state of one call: not finished, then finished with one <see cref="CallOutcome"/>, set by whichever comes
/// first of the server's status, a failure, the user's cancellation, the deadline and Dispose.
/// </summary>
internal abstract partial class ClientCall(GrpcChannel channel, CallOptions options, string method) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CallOutcome? _outcome;
    private CancellationTokenRegistration _userCancellation;
    private CancellationTokenRegistration _channelClosing;
    private Timer? _deadlineTimer;
    private HttpResponseMessage? _response;
    private Metadata? _received;

    public GrpcChannel Channel { get; } = channel;

    public CallOptions Options { get; } = options;

    public Task<Metadata> HeadersAsync => _headers.Task;

    /// <summary>Null until the call has finished.</summary>
    public CallOutcome? Outcome => Volatile.Read(ref _outcome);

    public bool IsDisposed { get; private set; }

    /// <summary>Stops everything that the call is doing.</summary>
    public CancellationToken Token => _cancel.Token;

    protected abstract bool IsRequestComplete { get; }

    protected DateTime Deadline { get; private set; } = DateTime.MaxValue;

    public Status GetStatus() =>
        Outcome?.Status ?? throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata GetTrailers() =>
        Outcome?.Trailers ?? throw new InvalidOperationException("Can't get the call trailers because the call has not completed successfully.");

    public void Dispose()
    {
        IsDisposed = true;
        Finish(new CallOutcome(new Status(StatusCode.Cancelled, "gRPC call disposed.")));
    }

    public void Cancel(CancellationToken by) =>
        Finish(new CallOutcome(new Status(StatusCode.Cancelled, "Call canceled by the client."), CancelledBy: by));

    /// <summary>Cancels the call when the token of one read or write fires; free for tokens that never do.</summary>
    public CancellationTokenRegistration CancelOn(CancellationToken token) =>
        token.CanBeCanceled && token != Options.CancellationToken
            ? token.UnsafeRegister(static (state, fired) => ((ClientCall)state!).Cancel(fired), this)
            : default;

    /// <summary>What a user gets for an outcome that is not OK.</summary>
    public Exception ToException(CallOutcome outcome)
    {
        var status = outcome.Status;
        var cancelled = status.StatusCode == StatusCode.DeadlineExceeded || outcome.CancelledBy.IsCancellationRequested;
        return cancelled && Channel.Options.ThrowOperationCanceledOnCancellation
            ? new OperationCanceledException(status.Detail, outcome.CancelledBy)
            : new RpcException(status, outcome.Trailers ?? Metadata.Empty);
    }

    public void Finish(CallOutcome outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, null) is not null)
        {
            return;
        }

        _userCancellation.Unregister();
        _channelClosing.Unregister();
        _deadlineTimer?.Dispose();
        var ok = outcome.Status.StatusCode == StatusCode.OK;
        if (!ok)
        {
            Log.Finished(Channel.Logger, method, outcome.Status.StatusCode, outcome.Status.Detail, outcome.Status.DebugException);
        }

        if (!ok || !IsRequestComplete)
        {
            // A server may end the call well and still leave a write waiting for its window.
            _cancel.Cancel();
        }

        // Disposing a response that is still arriving resets the stream, which the token no longer does by then.
        Volatile.Read(ref _response)?.Dispose();
        CloseStreams(outcome);
        if (_received is not null || ok)
        {
            _headers.TrySetResult(_received ?? []);
        }
        else if (_headers.TrySetException(ToException(outcome)))
        {
            _ = _headers.Task.Exception;
        }
    }

    protected abstract void CloseStreams(CallOutcome outcome);

    protected void Watch()
    {
        if (Options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            if (deadline.Kind != DateTimeKind.Utc && deadline != DateTime.MinValue)
            {
                throw new InvalidOperationException(
                    "Deadline must have a kind DateTimeKind.Utc or be equal to DateTime.MaxValue or DateTime.MinValue.");
            }

            Deadline = deadline;
            _deadlineTimer = new Timer(static state => ((ClientCall)state!).OnDeadlineTimer(), this, Timeout.Infinite, Timeout.Infinite);
            OnDeadlineTimer();
        }

        _channelClosing = Channel.Closing.UnsafeRegister(static state => ((ClientCall)state!).Dispose(), this);
        _userCancellation = Options.CancellationToken.UnsafeRegister(static (state, fired) => ((ClientCall)state!).Cancel(fired), this);
        if (Outcome is not null)
        {
            _channelClosing.Unregister();
            _userCancellation.Unregister();
        }
    }

    /// <summary>Publishes the response headers; those of a response that ends the call wait for its outcome.</summary>
    protected void OnHeaders(Metadata headers, bool endsCall)
    {
        _received = headers;
        if (!endsCall)
        {
            _headers.TrySetResult(headers);
        }
    }

    /// <summary>Hands the response over. A call that finished meanwhile gives it back at once.</summary>
    protected void OnResponse(HttpResponseMessage response)
    {
        Volatile.Write(ref _response, response);
        Interlocked.MemoryBarrier();
        if (Outcome is not null)
        {
            response.Dispose();
        }
    }

    private void OnDeadlineTimer()
    {
        var remaining = Deadline - DateTime.UtcNow;
        if (remaining <= TimeSpan.Zero)
        {
            Finish(new CallOutcome(new Status(StatusCode.DeadlineExceeded, "")));
            return;
        }

        try
        {
            // One millisecond more, since timers may fire a little early.
            _deadlineTimer!.Change(GrpcTimeout.TimerStep(remaining) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The call finished meanwhile.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            3, LogLevel.Information, "Call {Method} failed with gRPC error status. Status code: '{StatusCode}', Message: '{StatusMessage}'.")]
        public static partial void Finished(ILogger logger, string method, StatusCode statusCode, string statusMessage, Exception? exception);
    }
}
