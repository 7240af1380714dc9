using System.Threading.Channels;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Coordinator.Reduce;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Hosting;

/// <summary>
/// Feeds the pure <see cref="RunMachine"/>, one event at a time, and does what it decides. The state is an immutable
/// snapshot that anybody may read.
/// </summary>
internal sealed partial class RunLoop(RunState initial, SessionTable sessions, ReduceHub hub, TimeProvider time, ILogger<RunLoop> logger)
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private readonly Channel<RunEvent> _events = Channel.CreateUnbounded<RunEvent>(new() { SingleReader = true });
    private readonly TaskCompletionSource<Finish> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _start = time.GetTimestamp();
    private volatile RunState _state = initial;

    /// <summary>The run as it is now.</summary>
    public RunState State => _state;

    /// <summary>Time since the coordinator started.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>How the run ended, once it has.</summary>
    public Task<Finish> Finished => _finished.Task;

    public void Post(RunEvent happened) => _events.Writer.TryWrite(happened);

    /// <summary>Handles events until cancelled. The run may have ended long before: late nodes are still answered.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var ticking = TickAsync(ct);
        try
        {
            await foreach (var happened in _events.Reader.ReadAllAsync(ct)) Handle(happened);
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
            while (await timer.WaitForNextTickAsync(ct)) Post(new RunEvent.Tick());
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private void Handle(RunEvent happened)
    {
        var decision = RunMachine.Decide(_state, happened, Now);
        _state = decision.State;
        if (decision.Reason is { } reason) Log.Decided(logger, reason);
        foreach (var effect in decision.Effects) Perform(effect);
        // The reducer's streams stay: a node must hear the reason from its session before its exchange breaks.
        if (decision.State.Outcome is { } outcome) _finished.TrySetResult(outcome);
    }

    private void Perform(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.SendWelcome welcome: Send(welcome.Session, new() { Welcome = welcome.Welcome }); break;
            case RunEffect.SendPlan plan: Send(plan.Session, new() { Plan = plan.Plan }); break;
            case RunEffect.SendCommit commit: Send(commit.Session, new() { Commit = commit.Commit }); break;
            case RunEffect.SendFinish finish:
                Send(finish.Session, new() { Finish = finish.Finish });
                sessions.Find(finish.Session)?.Close();
                break;
            case RunEffect.Reject reject: sessions.Find(reject.Session)?.Reject(reject.Reason); break;
            case RunEffect.BeginReduce begin: hub.Begin(begin.Plan); break;
            case RunEffect.AdvanceReduce: break; // each slice goes on by itself
            case RunEffect.Warn warn: Log.Warned(logger, warn.Message); break;
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private void Send(int session, CoordinatorMessage message) => sessions.Find(session)?.Send(message);
}
