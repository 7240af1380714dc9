using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>When a membership of the run begins, and who does what in it.</summary>
public static class GenerationStart
{
    /// <summary>Begins the next generation when all expected nodes are ready; until then says who is missing.</summary>
    public static RunDecision TryBegin(RunState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var ready = state.Nodes.Count(node => node.Stage == NodeStage.Ready);
        if (ready < state.Settings.ExpectedNodes) return RunDecision.Ignore(state, $"{ready} of {state.Settings.ExpectedNodes} nodes are ready");

        // Who is furthest, and do they hold the same?
        var step = state.Nodes.Max(node => node.Hello.Step);
        var furthest = state.Nodes.Where(node => node.Hello.Step == step).ToArray();
        var reached = state with { CommittedSteps = step };
        if (step >= state.TotalSteps)
            return RunEnd.Completed(reached, $"all {state.TotalSteps} steps were committed before (the nodes' state is at step {step})");
        if (furthest.FirstOrDefault(node => node.Hello.StateDigest != furthest[0].Hello.StateDigest) is { } other)
            return RunEnd.Failed(reached, $"{furthest[0].Name} and {other.Name} both hold a state at step {step}, but not the same ({Digests.Short(furthest[0].Hello.StateDigest)} and {Digests.Short(other.Hello.StateDigest)}): remove the wrong one's checkpoints");

        // The others get the state from one of them.
        var source = furthest.FirstOrDefault(node => node.Hello.ReplicaAddress.Length > 0)?.Hello.ReplicaAddress ?? "";
        if (source.Length == 0 && state.Nodes.FirstOrDefault(node => node.Hello.Step < step) is { } behind)
            return RunEnd.Failed(reached, $"{behind.Name} is behind at step {behind.Hello.Step} and no node at step {step} serves its state: give {furthest[0].Name} a replica address");

        return Begin(reached with { Generation = state.Generation + 1, Phase = RunPhase.Running }, source);
    }

    private static RunDecision Begin(RunState state, string source)
    {
        var ranges = Assignment.Ranges(state.Settings.Microbatches, state.Nodes.Length);
        var nodes = state.Nodes.Select((node, i) => node with { Stage = NodeStage.Computing, Range = ranges[i], Prepared = null }).ToImmutableArray();
        var members = nodes.Select(MemberOf).ToArray();
        var plans = nodes.Select((node, i) => new RunEffect.SendPlan(node.Session, PlanOf(state, node, scribe: i == 0, source, members))).ToArray();
        return new(
            state with { Nodes = nodes },
            [new RunEffect.BeginReduce(plans[0].Plan), .. plans],
            $"generation {state.Generation} begins at step {state.CommittedSteps} of {state.TotalSteps}: {string.Join(", ", nodes.Select(node => $"{node.Name} {node.Range}"))}");
    }

    private static Plan PlanOf(RunState state, NodeState node, bool scribe, string source, Member[] members) => new()
    {
        Run = state.Run,
        Generation = state.Generation,
        FirstStep = state.CommittedSteps,
        TotalSteps = state.TotalSteps,
        Microbatches = state.Settings.Microbatches,
        FirstMicrobatch = node.Range.First,
        MicrobatchCount = node.Range.Count,
        Nodes = state.Nodes.Length,
        Scribe = scribe,
        Reducer = state.Settings.Reducer,
        SliceFloats = state.Settings.SliceFloats,
        FetchStateFrom = node.Hello.Step < state.CommittedSteps ? source : "",
        Members = { members },
    };

    private static Member MemberOf(NodeState node) => new()
    {
        NodeIndex = node.Index,
        Node = node.Name,
        Address = node.Hello.ReplicaAddress,
        FirstWork = { node.Range.ToMessage() },
        Work = node.Range.ToMessage(),
    };
}
