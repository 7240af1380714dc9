using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>What happens between two steps: nodes that have caught up get work, nodes that were asked to leave go.</summary>
internal static class Boundary
{
    /// <summary>Sends the commit of a step, with the next plan where the membership or the shares change.</summary>
    /// <param name="state">The run with the step committed; nodes still as they were in it.</param>
    /// <param name="commit">The commit, without a plan.</param>
    /// <param name="record">Its line in the journal.</param>
    /// <param name="prepared">What was agreed on.</param>
    /// <param name="changed">Why a new generation must begin anyhow; or null.</param>
    /// <param name="now">Time of the commit.</param>
    public static RunDecision After(RunState state, Commit commit, RunEffect record, Prepared prepared, string? changed, TimeSpan now)
    {
        var reasons = new List<string>();
        if (changed is not null) reasons.Add(changed);
        if (state.HubUntil == state.CommittedSteps) reasons.Add("nodes exchange directly again");

        // :: 1  who has listened long enough to hold the sum of this step as well is a member from now on
        var caughtUp = state.Nodes.Where(node => node.Stage == NodeStage.Listening && Agrees(node, prepared)).ToArray();
        if (caughtUp.Length > 0) reasons.Add($"{Names(caughtUp)} caught up");
        var mistaken = state.Nodes.Where(node => node.Stage == NodeStage.Listening && !node.Discard && Differs(node, prepared)).ToArray();
        if (mistaken.Length > 0) reasons.Add($"{Names(mistaken)} caught up with another state than the others': it is fetched again");

        // :: 2  who was asked to stop leaves
        var leaving = state.Nodes.Where(node => node.IsMember && node.Leaving is not null).ToArray();
        if (leaving.Length > 0) reasons.Add($"{Names(leaving)} leaves");

        // :: 3  who is slow gets less, who waits outside is let in
        var next = state.WithNodes(node => caughtUp.Contains(node) ? node with { Stage = NodeStage.Computing, Discard = false }
            : mistaken.Contains(node) ? node with { Discard = true } : node).Without(leaving);
        next = next.WithNodes(node => node.IsMember
            ? node with { Stage = NodeStage.Computing, Prepared = null, Step = state.CommittedSteps, Work = MicrobatchSet.Empty }
            : node with { Prepared = null });
        if (reasons.Count == 0)
        {
            var (stragglers, change) = next.Stragglers.Decide(next.Settings.Microbatches, [.. next.Members.Select(node => node.Name)], [.. next.Members.Select(node => node.Range)], now);
            next = next with { Stragglers = stragglers };
            if (change is not null)
            {
                next = next.Note(new(now, "straggler", change.Node, next.CommittedSteps, change.Reason));
                reasons.Add(change.Reason);
            }
        }
        var admitted = GenerationStart.Admit(next);
        if (admitted.Nodes.Count(node => node.IsInGeneration) > next.Nodes.Count(node => node.IsInGeneration)) reasons.Add("nodes join");

        ImmutableArray<RunEffect> farewells = [.. leaving.Select(node => Departure.Farewell(node, state.CommittedSteps))];
        if (reasons.Count == 0)
            return new(next.WithNodes(node => node.IsMember ? node with { Work = MicrobatchSet.Of(node.Range) } : node), [record, .. CommitRule.SendTo(state, commit)], null);
        if (admitted.Members.Count() < Math.Max(1, state.Settings.MinNodes))
        {
            ImmutableArray<RunEffect> sent = [record, .. CommitRule.SendTo(state, commit), .. farewells];
            if (!admitted.Members.Any() && next.Standard is { } standard)
                (next, sent) = (next with { Standard = standard with { KernelFingerprint = "" } }, sent.Add(new RunEffect.Record(new JournalRecord { AllLeft = new() }, Durable: true)));
            return Liveness.Wait(next, sent, string.Join("; ", reasons));
        }

        // :: 4  the plan travels inside the commit, so that nobody begins the next step under the old one
        var (begun, plan) = GenerationStart.Prepare(admitted, now);
        var plans = GenerationStart.Receivers(begun, plan).ToDictionary(to => to.Session, to => to.Plan);
        var commits = state.Nodes.Where(node => node.IsInGeneration).Select(node => new RunEffect.SendCommit(node.Session, WithPlan(commit, plans.GetValueOrDefault(node.Session))));
        var newcomers = begun.Nodes.Where(node => node.IsInGeneration && state.Find(node.Session) is not { IsInGeneration: true })
            .Select(node => new RunEffect.SendPlan(node.Session, plans[node.Session]));
        return new(begun, [record, .. GenerationStart.Before(begun, plan), .. commits, .. newcomers, .. farewells], GenerationStart.Describe(begun, string.Join("; ", reasons)));
    }

    // Only at a step at which states are compared: a wrong one must not get work.
    private static bool Agrees(NodeState node, Prepared prepared) => node.Prepared is { } own && own.Step == prepared.Step
        && own.SumDigest == prepared.SumDigest && own.StateDigest == prepared.StateDigest && prepared.StateDigest.Length > 0;

    private static bool Differs(NodeState node, Prepared prepared) => node.Prepared is { } own && own.Step == prepared.Step
        && own.StateDigest.Length > 0 && prepared.StateDigest.Length > 0 && own.StateDigest != prepared.StateDigest;

    private static Commit WithPlan(Commit commit, Plan? plan)
    {
        var own = commit.Clone();
        own.Next = plan;
        return own;
    }

    private static string Names(IEnumerable<NodeState> nodes) => string.Join(", ", nodes.Select(node => node.Name));
}
