using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>A node is asked to stop and leaves in good order: the run goes on without it.</summary>
internal static class Departure
{
    /// <summary>A member leaves at the next step boundary; a node without work leaves at once.</summary>
    public static RunDecision Ask(RunState state, NodeState node, string reason, TimeSpan now)
    {
        var why = reason.Length > 0 ? reason : $"{node.Name} was asked to stop";
        if (state.Phase == RunPhase.Running && node.IsMember)
            return new(state.With(node with { Leaving = why }), [], $"{why}: it leaves after step {state.CommittedSteps}");

        var without = state.Without([node]);
        var farewell = Farewell(node, state.CommittedSteps);
        if (node.Stage != NodeStage.Listening) return new(without, [farewell], $"{why}: it leaves");
        var begun = GenerationStart.Begin(without, $"{node.Name} leaves", now);
        return begun with { Effects = begun.Effects.Add(farewell) };
    }

    /// <summary>Tells a node that it may go.</summary>
    public static RunEffect.SendFinish Farewell(NodeState node, long committedSteps) => new(node.Session, new Finish
    {
        Outcome = Finish.Types.Outcome.Left,
        Reason = $"{node.Name} has left after {committedSteps} committed steps ({node.Leaving ?? "it was asked to stop"}); the run goes on without it",
    });
}
