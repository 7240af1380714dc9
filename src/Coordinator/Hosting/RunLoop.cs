using System.Threading.Channels;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Coordinator.Reduce;
using Lockstep.Coordinator.Telemetry;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Hosting;

/// <summary>
/// Feeds the pure <see cref="RunMachine"/>, one event at a time, and does what it decides. The state is an immutable
/// snapshot that anybody may read.
/// </summary>
internal sealed partial class RunLoop(RunState initial, IJournal journal, SessionTable sessions, ReduceHub hub, Refusals refusals, RunTelemetry telemetry, TimeProvider time, ILogger<RunLoop> logger)
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50), JournalRetry = TimeSpan.FromSeconds(1);
    private const int TicksAPulse = 5;

    // Who is sent away dials again and again: the same words only so often.
    private const int KeptRejections = 1000;
    private static readonly TimeSpan RejectionInterval = TimeSpan.FromMinutes(1);
    private readonly Channel<(RunEvent Event, TimeSpan At)> _events = Channel.CreateUnbounded<(RunEvent, TimeSpan)>(new() { SingleReader = true });
    private readonly CancellationTokenSource _atOnce = new();
    private readonly TaskCompletionSource<Finish> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _start = time.GetTimestamp();
    private volatile RunState _state = initial;
    private volatile bool _handsOver, _awaitsDisk;
    private long _lastTurn; // ticks
    private readonly Dictionary<string, TimeSpan> _rejections = [];

    /// <summary>The run as it is now.</summary>
    public RunState State => _state;

    /// <summary>Time since the coordinator started.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>How the run ended, once it has; or that the coordinator hands over, and the run does not end.</summary>
    public Task<Finish> Finished => _finished.Task;

    /// <summary>When an event was last handled, or the disk last tried, since the coordinator started.</summary>
    public TimeSpan LastTurn => new(Volatile.Read(ref _lastTurn));

    /// <summary>True once the coordinator ends without its run.</summary>
    public bool HandsOver => _handsOver;

    // An event counts from when it came, not from when its turn is: a wait for the journal must not look like silence. While the
    // disk is full, what only says that all is well is not kept: the first tick afterwards credits the pause to everybody.
    public void Post(RunEvent happened)
    {
        if (_awaitsDisk && happened is (RunEvent.Tick or RunEvent.NodeHeard)) return;
        if (happened is RunEvent.StopRequested { AtOnce: true }) _atOnce.Cancel();
        _events.Writer.TryWrite((happened, Now));
    }

    /// <summary>
    /// Lets go of the run without ending it: nothing is decided any more, every session is closed, and whoever reads the journal
    /// next goes on. A run that has ended stays ended.
    /// </summary>
    public void HandOver(string reason)
    {
        if (!_finished.TrySetResult(new() { Outcome = Finish.Types.Outcome.Left, Reason = reason })) return;
        _handsOver = true;
        Log.Decided(logger, reason);
        sessions.RejectAll(reason);
    }

    /// <summary>Handles events until cancelled. The run may have ended long before: late nodes are still answered.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var ticking = TickAsync(ct);
        try
        {
            await foreach (var (happened, at) in _events.Reader.ReadAllAsync(ct)) await HandleAsync(happened, at, ct);
        }
        catch (OperationCanceledException)
        {
            await ticking;
        }
        catch (Exception e)
        {
            _finished.TrySetException(e);
            throw;
        }
    }

    private async Task TickAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        try
        {
            for (var tick = 0; await timer.WaitForNextTickAsync(ct); tick++)
            {
                Post(new RunEvent.Tick());
                if (tick % TicksAPulse == 0) sessions.SendToAll(new() { Pulse = new() });
            }
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private async Task HandleAsync(RunEvent happened, TimeSpan at, CancellationToken ct)
    {
        Volatile.Write(ref _lastTurn, Now.Ticks);
        if (_handsOver) return;
        var decision = RunMachine.Decide(_state, happened, at);
        _state = decision.State;
        foreach (var warning in decision.Effects.OfType<RunEffect.Warn>()) Log.Warned(logger, warning.Message);
        if (decision.Reason is { } reason && !IsOldNews(decision, reason, at)) Log.Decided(logger, reason);
        foreach (var effect in decision.Effects)
        {
            if (effect is RunEffect.Record record) await RecordAsync(record, ct);
            else Perform(effect);
        }
        telemetry.Observe(happened, decision.State, at); // when everyone has been told
        // The reducer's streams stay: a node must hear the reason from its session before its exchange breaks.
        if (decision.State.Outcome is { } outcome) _finished.TrySetResult(outcome);
    }

    private bool IsOldNews(RunDecision decision, string reason, TimeSpan at)
    {
        if (decision.Effects is not [RunEffect.Reject]) return false;
        if (_rejections.TryGetValue(reason, out var before) && at - before < RejectionInterval) return true;
        if (_rejections.Count == KeptRejections) _rejections.Clear();
        _rejections[reason] = at;
        return false;
    }

    // While the disk is full the run waits here: what follows may only be said once it is written.
    private async Task RecordAsync(RunEffect.Record record, CancellationToken ct)
    {
        while (true)
        {
            Volatile.Write(ref _lastTurn, Now.Ticks);
            try
            {
                journal.Append(record.Entry, record.Durable);
                _awaitsDisk = false;
                return;
            }
            catch (JournalException e)
            {
                if (_state.Outcome is not null || _atOnce.IsCancellationRequested)
                {
                    Log.Warned(logger, $"{e.Message} The run ends without this entry.");
                    _awaitsDisk = false;
                    return;
                }
                _awaitsDisk = true;
                Log.Warned(logger, $"{e.Message} The run waits and tries again.");
                await Task.Delay(JournalRetry, time, ct);
            }
        }
    }

    private void Perform(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.SendWelcome welcome: Send(welcome.Session, new() { Welcome = welcome.Welcome }); break;
            case RunEffect.SendPlan plan: Send(plan.Session, new() { Plan = plan.Plan }); break;
            case RunEffect.SendCommit commit: Send(commit.Session, new() { Commit = commit.Commit }); break;
            case RunEffect.SendFinish finish:
                // The node closes the session when it has heard: what was sent before must not be cut off.
                Send(finish.Session, new() { Finish = finish.Finish });
                break;
            case RunEffect.Reject reject:
                if (reject.Refusal is { } kind) refusals.Count(kind); // the decision's reason is in the log
                sessions.Find(reject.Session)?.Reject(reject.Reason, reject.Retry);
                break;
            case RunEffect.BeginReduce begin: hub.Begin(begin.Plan); break;
            case RunEffect.EndReduce: hub.End(); break;
            case RunEffect.Warn: break; // was told first
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private void Send(int session, CoordinatorMessage message) => sessions.Find(session)?.Send(message);
}
