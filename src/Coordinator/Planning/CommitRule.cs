using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>When a step is applied: all nodes of the generation hold the same sum and the same state.</summary>
public static class CommitRule
{
    private const int RecentSteps = 20;

    /// <summary>Takes a node's word that it holds a step's sum; commits when it was the last.</summary>
    public static RunDecision Prepare(RunState state, NodeState node, Prepared prepared, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(prepared);
        if (state.Phase != RunPhase.Running) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: no generation is running");
        if (prepared.Generation != state.Generation) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step} of generation {prepared.Generation}: the run is in generation {state.Generation}");
        if (prepared.Step < state.CommittedSteps) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: it is committed");
        if (prepared.Step > state.CommittedSteps) return RunEnd.Failed(state, $"{node.Name} prepared step {prepared.Step}, but step {state.CommittedSteps} comes next");
        if (node.Prepared is not null) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: it was prepared before");

        var next = state.With(node with
        {
            Stage = NodeStage.Prepared,
            Prepared = prepared,
            ComputeSeconds = prepared.ComputeSeconds,
            ReplacedSamples = prepared.ReplacedSamples,
        });
        if (next.Nodes.Any(n => n.Prepared is null)) return new(next, [], null);
        if (Digests.Difference(next.Nodes, n => n.Prepared!.StateDigest) is { } states)
            return RunEnd.Failed(next, $"the nodes' states differ before step {prepared.Step} ({states})");
        if (Digests.Difference(next.Nodes, n => n.Prepared!.SumDigest) is { } sums)
            return RunEnd.Failed(next, $"the nodes hold different sums of step {prepared.Step} ({sums})");
        return Commit(next, prepared, now);
    }

    private static RunDecision Commit(RunState state, Prepared prepared, TimeSpan now)
    {
        var done = prepared.Step + 1;
        var completed = done >= state.TotalSteps;
        var last = completed || state.StopReason is not null;
        var timing = new StepTiming(now, state.Nodes.Sum(node => node.Prepared!.DataSeconds), state.Nodes.Length);
        var next = state with
        {
            CommittedSteps = done,
            Loss = prepared.Loss,
            Agreed = (prepared.Step, prepared.StateDigest),
            Recent = [.. state.Recent.Skip(state.Recent.Length - RecentSteps + 1), timing],
            Nodes = [.. state.Nodes.Select(node => node with { Stage = NodeStage.Computing, Prepared = null })],
        };
        var commit = new Commit { Generation = state.Generation, Step = prepared.Step, Last = last };
        ImmutableArray<RunEffect> effects = [new RunEffect.AdvanceReduce(done), .. state.Nodes.Select(node => new RunEffect.SendCommit(node.Session, commit))];
        if (completed) return RunEnd.Completed(next, $"all {state.TotalSteps} steps are committed", effects);
        return last ? RunEnd.Stopped(next, state.StopReason!, effects) : new(next, effects, null);
    }
}
