using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Node.Membership;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Node.Session;

/// <summary>
/// One session stream with the coordinator, from its Welcome to its end: messages out, events in, and a pulse of its own.
/// It decides nothing; <see cref="MemberMachine"/> does.
/// </summary>
public sealed class CoordinatorSession : IAsyncDisposable
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(0.25), Patience = TimeSpan.FromSeconds(2), Farewell = TimeSpan.FromSeconds(0.5);

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<NodeMessage, CoordinatorMessage> _call;
    private readonly Channel<NodeMessage> _outbox = Channel.CreateUnbounded<NodeMessage>(new() { SingleReader = true });
    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>(new() { SingleWriter = true });
    private readonly ManualResetEventSlim _closing = new();
    private readonly Func<Heartbeat> _heartbeat;
    private readonly Task _writing, _reading;

    private CoordinatorSession(GrpcChannel channel, AsyncDuplexStreamingCall<NodeMessage, CoordinatorMessage> call, Welcome welcome, Func<Heartbeat> heartbeat)
    {
        (_channel, _call, Welcome, _heartbeat) = (channel, call, welcome, heartbeat);
        _writing = WriteAsync();
        _reading = ReadAsync();
        // A thread of its own: however busy the process is, it is not taken for dead.
        new Thread(Beat) { IsBackground = true, Name = "heartbeat", Priority = ThreadPriority.AboveNormal }.Start();
    }

    /// <summary>What the coordinator answered to Hello.</summary>
    public Welcome Welcome { get; }

    /// <summary>False once its end has been seen, or was asked for.</summary>
    public bool IsOpen => !_closing.IsSet;

    /// <summary>What the coordinator says, in order; the last one is <see cref="NodeEvent.SessionLost"/>.</summary>
    public ChannelReader<NodeEvent> Events => _events.Reader;

    /// <summary>Connects once, says Hello and awaits the Welcome.</summary>
    /// <param name="coordinator">Where it listens.</param>
    /// <param name="hello">Who this node is, and what it holds.</param>
    /// <param name="heartbeat">What the node is doing, asked for four times a second from a thread of its own.</param>
    /// <param name="identity">How the two know each other.</param>
    /// <param name="ct">Ends the attempt, not the session.</param>
    /// <exception cref="SessionException">The coordinator cannot be reached (Retry), or refuses this node (Retry says for how long).</exception>
    public static async Task<CoordinatorSession> DialAsync(Uri coordinator, Hello hello, Func<Heartbeat> heartbeat, Identity identity, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(coordinator);
        ArgumentNullException.ThrowIfNull(hello);
        var channel = CoordinatorChannel.Open(coordinator, identity);
        var call = new ControlPlane.CoordinatorClient(channel).Session(cancellationToken: CancellationToken.None);
        try
        {
            using var abandon = ct.Register(call.Dispose);
            try
            {
                await call.RequestStream.WriteAsync(new NodeMessage { Hello = hello }).ConfigureAwait(false);
            }
            catch (Exception e) when (IsBroken(e) && !ct.IsCancellationRequested)
            {
                // It did not hear it out: its answer says why.
            }
            while (await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
            {
                ct.ThrowIfCancellationRequested();
                var answer = call.ResponseStream.Current;
                if (answer.BodyCase == CoordinatorMessage.BodyOneofCase.Welcome) return new(channel, call, answer.Welcome, heartbeat);
                if (answer.BodyCase != CoordinatorMessage.BodyOneofCase.Pulse)
                    throw new SessionException($"{coordinator} answered Hello with {answer.BodyCase}: is it a Lockstep coordinator of the same version?");
            }
            throw new SessionException($"{coordinator} closed the session without an answer", retry: true);
        }
        catch (Exception e)
        {
            call.Dispose();
            channel.Dispose();
            if (e is SessionException) throw;
            if (ct.IsCancellationRequested) throw new SessionException($"{coordinator} did not answer in time", e, retry: true);
            if (e is not (RpcException or IOException or InvalidOperationException)) throw;
            var status = (e as RpcException)?.Status;
            throw status?.StatusCode is StatusCode.FailedPrecondition or StatusCode.Unauthenticated
                ? new SessionException($"The coordinator at {coordinator} refused node {hello.Node}: {status.Value.Detail}", e)
                : new SessionException(status?.Detail is { Length: > 0 } detail ? detail : e.Message, e, retry: true);
        }
    }

    /// <summary>Sends a message, in order; it is dropped when the session has ended. The run's end comes after its last news.</summary>
    public void Send(NodeMessage message)
    {
        if (message.BodyCase == NodeMessage.BodyOneofCase.Saved) _outbox.Writer.TryWrite(new() { Heartbeat = _heartbeat() });
        _outbox.Writer.TryWrite(message);
    }

    /// <summary>Sends what was posted and closes the session. Before the node's end that is the same as dying: the coordinator counts it as lost.</summary>
    public async ValueTask DisposeAsync()
    {
        _closing.Set();
        _outbox.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(Patience)).ConfigureAwait(false);
        await Task.WhenAny(_reading, Task.Delay(Farewell)).ConfigureAwait(false); // cut off at once, the last words would not be heard
        _call.Dispose();
        await Task.WhenAny(_reading, Task.Delay(Patience)).ConfigureAwait(false);
        _channel.Dispose();
    }

    private void Beat()
    {
        do Send(new() { Heartbeat = _heartbeat() });
        while (!_closing.Wait(HeartbeatInterval));
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync().ConfigureAwait(false))
                await _call.RequestStream.WriteAsync(message).ConfigureAwait(false);
            await _call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // The reading side sees the same end of the call, with its status.
            _outbox.Writer.TryComplete();
        }
    }

    private async Task ReadAsync()
    {
        var detail = "it closed the session";
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
            {
                if (Translate(_call.ResponseStream.Current) is { } happened) _events.Writer.TryWrite(happened);
            }
        }
        catch (Exception e) when (IsBroken(e))
        {
            detail = e is RpcException rpc ? rpc.Status.Detail : e.Message;
        }
        _closing.Set();
        _events.Writer.TryWrite(new NodeEvent.SessionLost(detail));
        _events.Writer.TryComplete();
    }

    private static NodeEvent? Translate(CoordinatorMessage message) => message.BodyCase switch
    {
        CoordinatorMessage.BodyOneofCase.Plan => new NodeEvent.Planned(message.Plan),
        CoordinatorMessage.BodyOneofCase.Commit => new NodeEvent.Committed(message.Commit),
        CoordinatorMessage.BodyOneofCase.Finish => new NodeEvent.Finished(message.Finish),
        CoordinatorMessage.BodyOneofCase.Pulse => new NodeEvent.Pulsed(),
        _ => null,
    };

    private static bool IsBroken(Exception e) => e is RpcException or InvalidOperationException or OperationCanceledException or IOException;
}
