using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Members that should hold equal bits do not. Nobody has applied the step, so nothing wrong is kept.</summary>
internal static class DigestFaults
{
    private const int MostRetries = 3;

    /// <summary>The states before the step differ: the minority fetches the majority's, its microbatches are computed again.</summary>
    public static RunDecision StatesDiffer(RunState state, NodeState[] members, string difference, TimeSpan now)
    {
        if (Digests.Majority(members, node => node.Prepared!.StateDigest) is not { Length: > 0 } digest)
            return RunEnd.Failed(state, $"the nodes' states differ before step {state.CommittedSteps}, and no majority says which is right ({difference}). Run on machines of one kind (see 'lockstep doctor'), check their memory, and resume from the last checkpoint", isDoubtful: true);
        var wrong = members.Where(node => node.Prepared!.StateDigest != digest && node.Prepared.StateDigest.Length > 0).ToArray();
        if (!members.Except(wrong).Any(node => node.Hello.ReplicaAddress.Length > 0))
            return RunEnd.Failed(state, $"the state of {string.Join(", ", wrong.Select(n => n.Name))} differs from the others' before step {state.CommittedSteps} ({difference}), and no node serves its state to heal it", isDoubtful: true);

        var names = string.Join(", ", wrong.Select(node => node.Name));
        var text = $"the state of {names} differs from the majority's before step {state.CommittedSteps} ({difference}): it is healed from a peer, and its microbatches are computed again";
        var next = state.WithNodes(node => wrong.Contains(node)
            ? node with { Stage = NodeStage.Listening, Discard = true, Work = MicrobatchSet.Empty, Prepared = null }
            : node).Note(new(now, "digest", names, state.CommittedSteps, text));
        var begun = GenerationStart.Begin(next, text, now);
        return begun with { Effects = begun.Effects.Insert(0, new RunEffect.Warn(text)) };
    }

    /// <summary>The sums differ though the states do not: what was received is wrong somewhere; the exchange is repeated.</summary>
    public static RunDecision SumsDiffer(RunState state, NodeState[] members, string difference, TimeSpan now)
    {
        if (state.Retries >= MostRetries) return RunEnd.Failed(state, $"the nodes hold different sums of step {state.CommittedSteps} ({difference}), {MostRetries + 1} times in a row. Check their memory and network cards, and resume from the last checkpoint");
        var text = $"the nodes hold different sums of step {state.CommittedSteps} ({difference}): the exchange is repeated";
        var next = (state with { Retries = state.Retries + 1 }).Note(new(now, "digest", string.Join(", ", members.Select(n => n.Name)), state.CommittedSteps, text));
        var begun = GenerationStart.Begin(next, text, now);
        return begun with { Effects = begun.Effects.Insert(0, new RunEffect.Warn(text)) };
    }
}
