using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// Every decision of the coordinator, as one pure function of the run, what happened and when. No clocks, no I/O: the same
/// events at the same times always give the same run.
/// </summary>
public static class RunMachine
{
    /// <summary>What follows from an event. <paramref name="now"/> is time since any fixed start.</summary>
    public static RunDecision Decide(RunState state, RunEvent happened, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            RunEvent.NodeGreeted greeted => Admission.Decide(state, greeted, now),
            RunEvent.FromNode message => FromNode(state, message, now),
            RunEvent.StopRequested stop => Stop(state, stop),
            RunEvent.Tick when state.Outcome is null => Liveness.Check(state, now),
            _ => RunDecision.Ignore(state, null),
        };
    }

    private static RunDecision FromNode(RunState state, RunEvent.FromNode message, TimeSpan now)
    {
        if (state.Find(message.Session) is not { } node) return RunDecision.Ignore(state, null);
        if (state.Outcome is not null) return AfterTheEnd(state, node, message);
        if (message is RunEvent.NodeLost) return Liveness.Lost(state, [node], now);

        node = node with { LastHeard = now };
        state = state.With(node);
        return message switch
        {
            RunEvent.NodeHeard heard => RunDecision.Ignore(state.With(node with { Doing = heard.Phase }), null),
            RunEvent.NodeReady => Ready(state, node),
            RunEvent.NodePrepared prepared => CommitRule.Prepare(state, node, prepared.Prepared, now),
            RunEvent.NodeFailed failed => Liveness.Failed(state, node, failed.Reason),
            RunEvent.NodeLeave leave => Stop(state, new(leave.Reason.Length > 0 ? leave.Reason : $"{node.Name} was asked to stop")),
            _ => RunDecision.Ignore(state, $"ignored {message.GetType().Name} of {node.Name}"),
        };
    }

    private static RunDecision Ready(RunState state, NodeState node) => node.Stage == NodeStage.Greeting
        ? GenerationStart.TryBegin(state.With(node with { Stage = NodeStage.Ready }))
        : RunDecision.Ignore(state, $"ignored {node.Name}'s Ready: it is {node.Stage} already");

    private static RunDecision Stop(RunState state, RunEvent.StopRequested stop)
    {
        if (state.Outcome is not null) return RunDecision.Ignore(state, null);
        if (state.Phase == RunPhase.Waiting || stop.AtOnce) return RunEnd.Stopped(state, stop.Reason);
        return new(state with { StopReason = state.StopReason ?? stop.Reason }, [], $"{stop.Reason}: the run ends after step {state.CommittedSteps}");
    }

    private static RunDecision AfterTheEnd(RunState state, NodeState node, RunEvent.FromNode message) =>
        message is RunEvent.NodeLost && node.Stage != NodeStage.Lost
            ? RunDecision.Ignore(state.With(node with { Stage = NodeStage.Left }), $"{node.Name} has left")
            : RunDecision.Ignore(state, null);
}
