using System.Globalization;
using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>What follows when nodes break off, fall silent or give up.</summary>
public static class Liveness
{
    /// <summary>Looks for nodes that have been silent for too long.</summary>
    public static RunDecision Check(RunState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var silent = state.Nodes.Where(node => now - node.LastHeard >= state.Settings.NodeTimeout).ToArray();
        return silent.Length == 0 ? RunDecision.Ignore(state, null) : Lost(state, silent, now);
    }

    /// <summary>
    /// Before the first generation a lost node merely makes room, and its session is closed. Later it ends the run.
    /// </summary>
    public static RunDecision Lost(RunState state, IReadOnlyCollection<NodeState> lost, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(lost);
        var who = string.Join("; ", lost.Select(node => Describe(state, node, now)));
        if (state.Phase == RunPhase.Waiting)
        {
            return new(
                state with { Nodes = [.. state.Nodes.Except(lost)] },
                [.. lost.Select(node => new RunEffect.Reject(node.Session, $"{node.Name} was silent for too long. Start it again."))],
                $"{who}; waiting for {state.Settings.ExpectedNodes} nodes");
        }
        return RunEnd.Failed(Mark(state, lost), who);
    }

    /// <summary>A node says that it cannot go on: the run ends, in whatever phase it is.</summary>
    public static RunDecision Failed(RunState state, NodeState node, string reason)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(node);
        return RunEnd.Failed(Mark(state, [node]), $"{node.Name} failed at step {state.CommittedSteps}: {reason.TrimEnd('.', ' ')}");
    }

    private static string Describe(RunState state, NodeState node, TimeSpan now)
    {
        var when = state.Phase == RunPhase.Waiting ? "before the first step" : $"at step {state.CommittedSteps}";
        var silence = (now - node.LastHeard).TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return $"{node.Name} was lost {when} (last seen in phase {node.Doing} {silence} s ago)";
    }

    private static RunState Mark(RunState state, IReadOnlyCollection<NodeState> lost) =>
        state with { Nodes = [.. state.Nodes.Select(node => lost.Contains(node) ? node with { Stage = NodeStage.Lost } : node)] };
}
