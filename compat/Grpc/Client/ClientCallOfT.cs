using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One call over HTTP/2: request headers, request stream, response headers, response stream, trailers.</summary>
internal sealed class ClientCall<TRequest, TResponse> : ClientCall
    where TRequest : class
    where TResponse : class
{
    private readonly TaskCompletionSource<HttpResponseMessage> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TResponse>? _single;

    public ClientCall(GrpcChannel channel, Method<TRequest, TResponse> method, CallOptions options)
        : base(channel, options, method.FullName)
    {
        Method = method;
        Encoding = channel.Encodings.Find(options.Headers?.GetValue(GrpcHeaders.EncodingRequest));
        Writer = new ClientStreamWriter<TRequest, TResponse>(this);
        Reader = new ClientStreamReader<TRequest, TResponse>(this);
        _single = method.Type is MethodType.Unary or MethodType.ClientStreaming
            ? new(TaskCreationOptions.RunContinuationsAsynchronously)
            : null;
    }

    public Method<TRequest, TResponse> Method { get; }

    public Net.Compression.ICompressionProvider? Encoding { get; }

    public ClientStreamWriter<TRequest, TResponse> Writer { get; }

    public ClientStreamReader<TRequest, TResponse> Reader { get; }

    /// <summary>The response of a call that has just one.</summary>
    public Task<TResponse> ResponseAsync => _single!.Task;

    /// <summary>The response, once its headers have come.</summary>
    public Task<HttpResponseMessage> Started => _started.Task;

    /// <param name="request">The one request, or null for a stream of them.</param>
    public void Start(TRequest? request)
    {
        Watch();
        _ = RunAsync(request);
    }

    /// <summary>Ends the call with the status found in those headers.</summary>
    public CallOutcome FinishFrom(ResponseHead head)
    {
        Finish(head.Outcome);
        return Outcome!;
    }

    /// <summary>Ends the call because of an exception, unless it has ended; returns how it ended.</summary>
    public CallOutcome Fail(string summary, Exception exception)
    {
        var status = FailureStatus.FromException(summary, exception);
        if (status.StatusCode == StatusCode.Cancelled && Deadline <= DateTime.UtcNow)
        {
            // The server's reset at the deadline can overtake this side's own timer.
            status = new Status(StatusCode.DeadlineExceeded, status.Detail, exception);
        }

        Finish(new CallOutcome(status, (exception as RpcException)?.Trailers));
        return Outcome!;
    }

    protected override bool IsRequestComplete =>
        Method.Type is MethodType.Unary or MethodType.ServerStreaming || Writer.IsCompleted;

    protected override void CloseStreams(CallOutcome outcome)
    {
        Writer.Close();
        Reader.Close();
        _started.TrySetCanceled();
        if (outcome.Status.StatusCode != StatusCode.OK && _single?.TrySetException(ToException(outcome)) == true)
        {
            _ = _single.Task.Exception;
        }
    }

    private async Task RunAsync(TRequest? request)
    {
        try
        {
            // :: 1 send the request, connecting first if need be
            var response = await RequestSender.SendAsync(this, request).ConfigureAwait(false);
            OnResponse(response);

            // :: 2 a response that is not gRPC, or that ends the call at once
            var head = ResponseHead.Read(response);
            OnHeaders(ResponseHead.ToMetadata(response.Headers), endsCall: head is not null);
            if (head is not null)
            {
                FinishFrom(head);
                return;
            }

            // :: 3 streams are read by the user, a single response here
            _started.TrySetResult(response);
            if (_single is not null)
            {
                _single.TrySetResult(await Reader.ReadSingleAsync().ConfigureAwait(false));
            }
        }
        catch (Exception exception)
        {
            Fail("Error starting gRPC call.", exception);
        }
    }
}
