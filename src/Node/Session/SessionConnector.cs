using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Node.Session;

/// <summary>Reaches the coordinator, however late it starts, and says Hello.</summary>
internal sealed partial class SessionConnector(Uri coordinator, SessionOptions options, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.25), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Tries until welcomed, rejected (<see cref="SessionException"/>) or out of time (the same).</summary>
    public async Task<SessionCall> ConnectAsync(Hello hello, CancellationToken ct)
    {
        var channel = CoordinatorChannel.Open(coordinator);
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(options.ConnectTimeoutSeconds), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
            var last = "no answer";
            try
            {
                for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)))
                {
                    var (call, failure) = await TryOnceAsync(channel, hello, either.Token).ConfigureAwait(false);
                    if (call is not null) return call;
                    last = failure ?? last;
                    Log.Retrying(logger, coordinator, pause.TotalSeconds, last);
                    await Task.Delay(pause, time, either.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new SessionException(
                    $"The coordinator at {coordinator} is not reachable after {options.ConnectTimeoutSeconds:0.#} s: {last}. Is it running, and is the address right? Start it with 'lockstep coordinator', or point the node at it.");
            }
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    private async Task<(SessionCall? Call, string? Failure)> TryOnceAsync(GrpcChannel channel, Hello hello, CancellationToken ct)
    {
        // The call outlives this attempt: only its opening is bound to the token.
        var call = new ControlPlane.CoordinatorClient(channel).Session(cancellationToken: CancellationToken.None);
        try
        {
            using var abandon = ct.Register(call.Dispose);
            await call.RequestStream.WriteAsync(new NodeMessage { Hello = hello }).ConfigureAwait(false);
            var answered = await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            return answered && call.ResponseStream.Current is { BodyCase: CoordinatorMessage.BodyOneofCase.Welcome, Welcome: var welcome }
                ? (new SessionCall(channel, call, welcome), null)
                : throw new SessionException($"{coordinator} answered Hello with {(answered ? call.ResponseStream.Current.BodyCase.ToString() : "nothing")}: is it a Lockstep coordinator of the same version?");
        }
        catch (RpcException e) when (ct.IsCancellationRequested || e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            call.Dispose();
            ct.ThrowIfCancellationRequested();
            return (null, e.Status.Detail);
        }
        catch (InvalidOperationException) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(ct); // the call was disposed under the read
        }
        catch (RpcException e)
        {
            call.Dispose();
            throw new SessionException($"The coordinator at {coordinator} refused node {hello.Node}: {e.Status.Detail}", e);
        }
    }
}
