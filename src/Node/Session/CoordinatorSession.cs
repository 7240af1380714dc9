using System.Threading.Channels;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Session;

/// <summary>
/// A node's membership of a run: Hello -> Welcome -> Ready -> Plan -> (Prepared -> Commit) for every step -> Finish, as in
/// coordinator.proto. One caller drives it; SetPhase and Leave may come from any thread. Heartbeats are sent by itself.
/// </summary>
public sealed partial class CoordinatorSession : IAsyncDisposable
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(5);

    private readonly SessionCall _call;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Channel<NodeMessage> _outbox = Channel.CreateUnbounded<NodeMessage>(new() { SingleReader = true });
    private readonly Channel<SessionEvent> _inbox = Channel.CreateUnbounded<SessionEvent>(new() { SingleWriter = true });
    private readonly CancellationTokenSource _ended = new(), _closing = new();
    private readonly TaskCompletionSource<Finish> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _writing, _reading, _beating;
    private volatile Heartbeat _heartbeat = new() { Phase = "start" };

    private CoordinatorSession(Uri coordinator, SessionCall call, ILogger logger, TimeProvider time)
    {
        (Coordinator, _call, _logger, _time) = (coordinator, call, logger, time);
        _finished.Task.ContinueWith(static task => _ = task.Exception, TaskContinuationOptions.OnlyOnFaulted);
        _writing = WriteAsync();
        _reading = ReadAsync();
        _beating = BeatAsync();
    }

    /// <summary>Where the coordinator is.</summary>
    public Uri Coordinator { get; }

    /// <summary>Identifier of the run, 32 hexadecimal characters.</summary>
    public string Run => _call.Welcome.Run;

    /// <summary>This node's number in the run, from 0.</summary>
    public int NodeIndex => _call.Welcome.NodeIndex;

    /// <summary>How the run ended; null while it goes on, and when the coordinator was lost.</summary>
    public Finish? Outcome => _finished.Task.IsCompletedSuccessfully ? _finished.Task.Result : null;

    /// <summary>Cancelled when the run has failed or the coordinator is lost: stop computing, then ask for the reason.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Connects (trying until the time of <paramref name="options"/> is over), says Hello and awaits the Welcome.</summary>
    /// <exception cref="SessionException">The coordinator cannot be reached, or refuses this node.</exception>
    public static async Task<CoordinatorSession> OpenAsync(Uri coordinator, Hello hello, SessionOptions options, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(coordinator);
        ArgumentNullException.ThrowIfNull(hello);
        ArgumentNullException.ThrowIfNull(options);
        var call = await new SessionConnector(coordinator, options, logger, time).ConnectAsync(hello, ct).ConfigureAwait(false);
        Log.Welcomed(logger, hello.Node, call.Welcome.Run, call.Welcome.NodeIndex);
        return new(coordinator, call, logger, time);
    }

    /// <summary>Says that the node holds its state, and waits for the plan (or for the end of the run).</summary>
    /// <exception cref="SessionException">The coordinator was lost.</exception>
    public Task<SessionEvent> ReadyAsync(CancellationToken ct)
    {
        Post(new() { Ready = new() });
        return NextAsync(ct);
    }

    /// <summary>Says that the node holds the sum of a step, and waits for the commit (or a new plan, or the end).</summary>
    /// <exception cref="SessionException">The coordinator was lost, or commits another step.</exception>
    public async Task<SessionEvent> PrepareAsync(Prepared prepared, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        Post(new() { Prepared = prepared });
        var next = await NextAsync(ct).ConfigureAwait(false);
        return next is Committed { Commit: var commit } && (commit.Generation != prepared.Generation || commit.Step != prepared.Step)
            ? throw new SessionException($"The coordinator at {Coordinator} committed step {commit.Step} of generation {commit.Generation}, but this node prepared step {prepared.Step} of generation {prepared.Generation}.")
            : next;
    }

    /// <summary>The end of the run, for a node that has applied its last step.</summary>
    /// <exception cref="SessionException">The coordinator was lost first.</exception>
    public Task<Finish> FinishedAsync(CancellationToken ct) => _finished.Task.WaitAsync(ct);

    /// <summary>What the node does now (load, compute, reduce, prepare, commit, after); goes out with the next heartbeat.</summary>
    public void SetPhase(string phase, long step) => _heartbeat = new() { Phase = phase, Step = step };

    /// <summary>Asks for the run to end at the next step boundary. The node goes on until then.</summary>
    public void Leave(string reason) => Post(new() { Leave = new() { Reason = reason } });

    /// <summary>Says that this node cannot go on, and waits a few seconds for the run's end.</summary>
    public async Task FailAsync(string reason)
    {
        Post(new() { Failed = new() { Reason = reason } });
        await Settle(_finished.Task).ConfigureAwait(false);
    }

    /// <summary>Closes the session. Before the run's end that is the same as dying: the coordinator counts the node as lost.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        _outbox.Writer.TryComplete();
        await Settle(Task.WhenAll(_writing, _beating)).ConfigureAwait(false);
        await Settle(_reading).ConfigureAwait(false);
        _call.Dispose();
        await Settle(_reading).ConfigureAwait(false);
    }

    private async Task<SessionEvent> NextAsync(CancellationToken ct)
    {
        try
        {
            return await _inbox.Reader.ReadAsync(ct).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            return Outcome is { } finish ? new Finished(finish) : throw e.InnerException ?? e;
        }
    }

    // Waits, but not for ever, and leaves failures to whoever asks for the outcome.
    private async Task Settle(Task task)
    {
        await Task.WhenAny(task, Task.Delay(Patience, _time)).ConfigureAwait(false);
    }
}
