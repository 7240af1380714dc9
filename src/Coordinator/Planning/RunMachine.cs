using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// Every decision of the coordinator, as one pure function of the run, what happened and when. No clocks, no I/O: the same
/// events at the same times always give the same run. docs/protocol.md tells the rules.
/// </summary>
public static class RunMachine
{
    /// <summary>A coordinator that is started for a run whose end is written ends when no node has been there for so long.</summary>
    public static readonly TimeSpan CompleteWait = TimeSpan.FromMinutes(5);

    /// <summary>What follows from an event. <paramref name="now"/> is the time of the event since the coordinator's start.</summary>
    public static RunDecision Decide(RunState state, RunEvent happened, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        state = Liveness.CreditOwnPause(state, now, isTick: happened is RunEvent.Tick);
        return happened switch
        {
            RunEvent.NodeGreeted greeted => Admission.Decide(state, greeted, now),
            RunEvent.FromNode message => FromNode(state, message, now),
            RunEvent.StopRequested stop => Stop(state, stop),
            RunEvent.Tick when state.Ending is not null => EndWriting.Check(state, now),
            RunEvent.Tick when state.Outcome is null => Tick(state, now),
            _ => RunDecision.Ignore(state, null),
        };
    }

    private static RunDecision FromNode(RunState state, RunEvent.FromNode message, TimeSpan now)
    {
        if (state.Find(message.Session) is not { } node) return RunDecision.Ignore(state, null);
        state = state with { LastHeard = now };
        if (state.Outcome is not null) return AfterTheEnd(state, node, message);
        if (state.Ending is not null) return EndWriting.FromNode(state, node, message, now);
        if (message is RunEvent.NodeLost lost) return Liveness.Lost(state, [new(node, "lost", $"its session ended: {lost.Detail}")], now);

        node = node with { Pulse = node.Pulse.Heard(now) };
        state = state.With(node);
        return message switch
        {
            RunEvent.NodeHeard heard => RunDecision.Ignore(state.With(Liveness.Heard(node, heard.Heartbeat, now)).Hear(heard.Heartbeat), null),
            RunEvent.NodeReady => Ready(state, node, now),
            RunEvent.NodePrepared prepared => CommitRule.Prepare(state, node, prepared.Prepared, now),
            RunEvent.NodeReduceFailed failed => ReduceFaults.Note(state, node, failed.Failure, now),
            RunEvent.NodeFailed failed => Liveness.Lost(state, [new(node, "failed", $"it failed: {failed.Reason.TrimEnd('.', ' ')}")], now),
            RunEvent.NodeLeave leave => Departure.Ask(state, node, leave.Reason, now),
            _ => RunDecision.Ignore(state, $"ignored {message.GetType().Name} of {node.Name}"),
        };
    }

    private static RunDecision Ready(RunState state, NodeState node, TimeSpan now)
    {
        if (node.Stage != NodeStage.Greeting) return RunDecision.Ignore(state, $"ignored {node.Name}'s Ready: it is {node.Stage} already");
        state = state.With(node with { Stage = NodeStage.Standby });
        if (state.Phase == RunPhase.Waiting) return Gathering.TryBegin(state, now);
        return node.Hello.Run == state.Run && node.Step > state.CommittedSteps ? Gathering.Again(state, node, now) : GenerationStart.AdmitStandby(state, now);
    }

    private static RunDecision Tick(RunState state, TimeSpan now)
    {
        var decision = Liveness.Check(state, now);
        if (decision.Effects.Length > 0) return decision;
        if (IsOver(state) && state.Nodes.IsEmpty && now - state.LastHeard >= CompleteWait)
            return RunEnd.CompletedBefore(state, $"no node has been here for {CompleteWait.TotalMinutes:0} minutes");
        if (state.Phase == RunPhase.Waiting) return Gathering.TryBegin(state, now, quiet: true);
        return state.CommitWaitsSince is null ? ReduceFaults.Check(state, now) : CommitRule.TryCommit(state, now, null);
    }

    private static RunDecision Stop(RunState state, RunEvent.StopRequested stop)
    {
        if (state.Outcome is not null) return RunDecision.Ignore(state, null);
        if (IsOver(state)) return RunEnd.CompletedBefore(state, stop.Reason);
        if (state.Phase == RunPhase.Waiting || stop.AtOnce) return RunEnd.StoppedAtOnce(state, stop.Reason);
        return new(state with { StopReason = state.StopReason ?? stop.Reason }, [], $"{stop.Reason}: the run ends after step {state.CommittedSteps}");
    }

    // Nobody is needed, unless nodes have lost the end and begin to compute it again.
    private static bool IsOver(RunState state) => state.WasComplete && state.Phase == RunPhase.Waiting;

    private static RunDecision AfterTheEnd(RunState state, NodeState node, RunEvent.FromNode message) =>
        message is RunEvent.NodeLost && node.Stage != NodeStage.Lost
            ? RunDecision.Ignore(state.With(node with { Stage = NodeStage.Left }), $"{node.Name} has left")
            : RunDecision.Ignore(state, null);
}
