using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>When a step is applied: all members of the generation hold the same sum and come from the same state.</summary>
public static class CommitRule
{
    private const int RecentSteps = 20, StepsBetweenGraces = 100;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Takes a node's word that it holds a step's sum; commits when it was the last.</summary>
    public static RunDecision Prepare(RunState state, NodeState node, Prepared prepared, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(prepared);
        if (state.Phase != RunPhase.Running || !node.IsInGeneration) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: it is in no generation");
        if (prepared.Generation != state.Generation) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step} of generation {prepared.Generation}: the run is in generation {state.Generation}");
        if (prepared.Step < state.CommittedSteps)
            return node.IsMember ? RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: it is committed") : RunDecision.Ignore(state.With(node with { LateStep = prepared.Step }), null);
        if (prepared.Step > state.CommittedSteps) return Liveness.Lost(state, [new(node, "failed", $"it prepared step {prepared.Step}, but step {state.CommittedSteps} is open")], now);
        if (node.Prepared is not null) return RunDecision.Ignore(state, $"ignored {node.Name}'s step {prepared.Step}: it was prepared before");

        return TryCommit(state.With(node with
        {
            Stage = node.IsMember ? NodeStage.Prepared : node.Stage,
            Prepared = prepared,
            ComputeSeconds = node.IsMember ? prepared.ComputeSeconds : node.ComputeSeconds,
            ReplacedSamples = prepared.ReplacedSamples,
            Broken = null,
        }), now, null);
    }

    /// <summary>Commits the open step if every member is prepared and all agree; deals with those who do not agree.</summary>
    /// <param name="state">The run.</param>
    /// <param name="now">Time of the event.</param>
    /// <param name="changed">Why the membership has changed in this step, so that a new generation must follow; or null.</param>
    public static RunDecision TryCommit(RunState state, TimeSpan now, string? changed)
    {
        ArgumentNullException.ThrowIfNull(state);
        var members = state.Members.ToArray();
        if (members.Length == 0 || members.Any(node => node.Prepared is null)) return new(state, [], null);
        // Empty: not computed at this step, since the plan before said otherwise.
        if (Digests.Difference(members.Where(node => node.Prepared!.StateDigest.Length > 0), node => node.Prepared!.StateDigest) is { } states) return DigestFaults.StatesDiffer(state, members, states, now);
        if (Digests.Difference(members, node => node.Prepared!.SumDigest) is { } sums) return DigestFaults.SumsDiffer(state, members, sums, now);
        if (changed is null && Awaited(state, members) is { Length: > 0 } late)
        {
            var since = state.CommitWaitsSince ?? now;
            if (now - since < Grace) return new(state with { CommitWaitsSince = since }, [], null);
            state = state.WithNodes(node => late.Contains(node) ? node with { AwaitedFrom = state.CommittedSteps + StepsBetweenGraces } : node);
        }
        return Commit(state, members, now, changed);
    }

    // Who listens and is later than the last member at every step would never get work. Only where states are compared.
    private static NodeState[] Awaited(RunState state, NodeState[] members) => members[0].Prepared!.StateDigest.Length == 0 ? []
        : [.. state.Nodes.Where(node => node.Stage == NodeStage.Listening && node.Prepared is null && node.LateStep >= 0 && node.LateStep == state.CommittedSteps - 1 && node.AwaitedFrom <= state.CommittedSteps)];

    private static RunDecision Commit(RunState state, NodeState[] members, TimeSpan now, string? changed)
    {
        var prepared = members[0].Prepared!;
        var done = prepared.Step + 1;
        var timing = new StepTiming(now, members.Sum(node => node.Prepared!.DataSeconds), members.Length);
        // A node that has joined since the last step has none to tell of.
        var told = members.FirstOrDefault(node => node.Prepared!.Values.Count > 0)?.Prepared ?? prepared;
        var committed = state.Hear(told, now) with
        {
            CommittedSteps = done,
            Loss = prepared.Loss,
            Agreed = prepared.StateDigest.Length > 0 ? (prepared.Step, prepared.StateDigest) : state.Agreed,
            Recent = [.. state.Recent.Skip(state.Recent.Length - RecentSteps + 1), timing],
            Retries = 0,
            LostInStep = [],
            CommitWaitsSince = null,
            ComputedMicrobatches = state.ComputedMicrobatches + members.Sum(node => (long)node.Prepared!.ComputedMicrobatches),
            Stragglers = members.Aggregate(state.Stragglers, (known, node) => known.Measured(node.Name, node.Prepared!.ComputeSeconds, node.Prepared.ComputedMicrobatches)),
        };
        var record = new RunEffect.Record(new JournalRecord { StepCommitted = new() { Step = prepared.Step, StateDigest = prepared.StateDigest } }, Durable: false);
        var commit = new Commit { Generation = state.Generation, Step = prepared.Step };
        if (done >= state.TotalSteps || state.StopReason is not null)
        {
            commit.Last = true;
            ImmutableArray<RunEffect> effects = [record, .. SendTo(state, commit)];
            return done >= state.TotalSteps
                ? RunEnd.Completed(committed, $"all {state.TotalSteps} steps are committed", effects)
                : RunEnd.Stopped(committed, state.StopReason!, effects);
        }
        return Boundary.After(committed, commit, record, prepared, changed, now);
    }

    /// <summary>The commit to everyone in the generation; who listens applies it when it has come so far.</summary>
    internal static IEnumerable<RunEffect> SendTo(RunState state, Commit commit) =>
        state.Nodes.Where(node => node.IsInGeneration).Select(node => new RunEffect.SendCommit(node.Session, commit));
}
