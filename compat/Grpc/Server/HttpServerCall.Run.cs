using System.Globalization;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

internal sealed partial class HttpServerCall
{
    private const int NoError = 0;
    private const int InternalError = 2;
    private const int Cancel = 8;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _deadlineCancellation;
    private Timer? _deadlineTimer;
    private Task _deadlineEnd = Task.CompletedTask;
    private volatile bool _ended;

    /// <summary>Serves the call: checks the request, runs the handler and ends with a status, whatever happens.</summary>
    public async Task RunAsync(Func<HttpServerCall, Task> handler)
    {
        // :: 1 is it gRPC at all
        if (!RequestGuard.Accept(Http))
        {
            return;
        }

        Http.Response.ContentType = GrpcHeaders.ContentType;
        try
        {
            // :: 2 encodings and deadline
            Prepare();

            // :: 3 the handler, within its interceptors
            await using (Interceptors.ConfigureAwait(false))
            {
                await handler(this).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            _status = ToStatus(exception);
        }

        // :: 4 the status, unless the deadline came first
        await EndAsync().ConfigureAwait(false);
    }

    private void Prepare()
    {
        var headers = Http.Request.Headers;
        _requestEncoding = headers[GrpcHeaders.Encoding];
        var accepted = headers[GrpcHeaders.AcceptEncoding].ToString().Split(',', StringSplitOptions.TrimEntries);
        if (_options.ResponseEncoding is { } encoding && accepted.Contains(encoding))
        {
            UseResponseEncoding(encoding);
        }

        if (GrpcTimeout.Decode(headers[GrpcHeaders.Timeout]) is { } timeout)
        {
            _deadline = GrpcTimeout.DeadlineAfter(timeout);
            _deadlineCancellation = CancellationTokenSource.CreateLinkedTokenSource(Http.RequestAborted);
            _cancellation = _deadlineCancellation.Token;
            _deadlineTimer = new Timer(static call => ((HttpServerCall)call!).OnDeadlineTimer(), this, Timeout.Infinite, Timeout.Infinite);
            _deadlineTimer.Change(GrpcTimeout.TimerStep(timeout), Timeout.InfiniteTimeSpan);
        }
    }

    private Status ToStatus(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            Log.Failed(_logger, MethodCore, rpc.StatusCode, rpc.Status.Detail, rpc.Status.DebugException);
            foreach (var entry in rpc.Trailers)
            {
                ResponseTrailersCore.Add(entry);
            }

            return rpc.Status;
        }

        if (exception is OperationCanceledException or IOException or InvalidOperationException && _cancellation.IsCancellationRequested)
        {
            Log.Cancelled(_logger, MethodCore, exception);
        }
        else
        {
            Log.HandlerThrew(_logger, MethodCore, exception);
        }

        var detail = _options.DetailedErrors
            ? $"Exception was thrown by handler. {exception.GetType().Name}: {exception.Message}"
            : "Exception was thrown by handler.";
        return new Status(ReferenceEquals(exception, _parseFailure) ? StatusCode.Internal : StatusCode.Unknown, detail, exception);
    }

    private async ValueTask EndAsync()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                _ended = true;
                if (_frames.IsBroken)
                {
                    Reset(InternalError);
                }
                else if (!Http.RequestAborted.IsCancellationRequested)
                {
                    WriteStatus(_status);
                }
            }
        }

        if (_deadlineTimer is not null)
        {
            await _deadlineTimer.DisposeAsync().ConfigureAwait(false);
            await _deadlineEnd.ConfigureAwait(false);
            _deadlineCancellation!.Dispose();
        }

        _frames.Dispose();
    }

    /// <summary>Into the trailers; into the headers of a response that has not started, which then has no body.</summary>
    private void WriteStatus(Status status)
    {
        var destination = Http.Response.HasStarted
            ? Http.Features.Get<IHttpResponseTrailersFeature>()!.Trailers
            : Http.Response.Headers;
        foreach (var entry in _responseTrailers ?? [])
        {
            destination.Append(entry.Key, MetadataHeaders.ValueOf(entry));
        }

        destination[GrpcHeaders.Status] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(status.Detail))
        {
            destination[GrpcHeaders.Message] = StatusMessage.Encode(status.Detail);
        }
    }

    private void OnDeadlineTimer()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            var remaining = _deadline - DateTime.UtcNow;
            if (remaining > TimeSpan.Zero)
            {
                _deadlineTimer!.Change(GrpcTimeout.TimerStep(remaining), Timeout.InfiniteTimeSpan);
                return;
            }

            _ended = true;
            _deadlineEnd = EndAtDeadlineAsync();
        }
    }

    private async Task EndAtDeadlineAsync()
    {
        // Off the lock, and off the timer's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Log.DeadlineExceeded(_logger, MethodCore);
        try
        {
            WriteStatus(new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded"));
            await Http.Response.CompleteAsync().ConfigureAwait(false);
            Reset(NoError);
        }
        catch (Exception exception)
        {
            // The response was just being started: the client sees the reset instead of the status.
            Log.DeadlineEndFailed(_logger, MethodCore, exception);
            Reset(Cancel);
        }

        await _deadlineCancellation!.CancelAsync().ConfigureAwait(false);
    }

    private void Reset(int errorCode) => Http.Features.Get<IHttpResetFeature>()?.Reset(errorCode);
}
