using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>When enough nodes are there to begin, or to go on after a loss of all or a start of the coordinator.</summary>
public static class Gathering
{
    /// <summary>
    /// Begins a generation when all expected nodes are ready; or, once the run has had a generation, when its members are
    /// back; or when they have been waited for long enough.
    /// </summary>
    public static RunDecision TryBegin(RunState state, TimeSpan now, bool quiet = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        var settings = state.Settings;
        var ready = state.Nodes.Where(node => node.Stage == NodeStage.Standby).ToArray();
        if (ready.Length < (state.WasComplete ? 1 : settings.MinNodes) || ready.Length == 0) return RunDecision.Ignore(state with { AwaitedUntil = null }, quiet ? null : Waits(state, ready.Length));

        var until = state.AwaitedUntil ?? now + settings.ReturnWait;
        var furthest = ready.Max(node => node.Step);
        if (furthest < 0) return now < until ? RunDecision.Ignore(state with { AwaitedUntil = until }, quiet ? null : Waits(state, ready.Length)) : Dismiss(state, ready);

        var missing = state.Awaited.Where(name => ready.All(node => node.Name != name)).ToArray();
        // Committed steps are given up only after the whole wait: somebody else may hold them. Who has greeted is heard out.
        var all = ready.Length >= settings.ExpectedNodes || (state.Awaited.Length > 0 && missing.Length == 0 && furthest >= state.CommittedSteps);
        // One node that holds the end is enough to hear of it; what nobody holds is not begun again without those that may.
        var isThere = state.WasComplete && furthest >= state.CommittedSteps;
        var begins = now >= until ? all || isThere || (state.HasBegun && !state.WasComplete) : all && !state.Nodes.Any(node => node.Stage == NodeStage.Greeting && node.Step > furthest);
        return begins
            ? Begin(state, ready, missing, now)
            : RunDecision.Ignore(state with { AwaitedUntil = until }, quiet ? null : Waits(state, ready.Length));
    }

    /// <summary>Steps had been given up when nobody who held them was there. Now somebody is: all gather again, at that step.</summary>
    internal static RunDecision Again(RunState state, NodeState ahead, TimeSpan now)
    {
        var why = $"{ahead.Name} holds step {ahead.Step} of this run, which is at step {state.CommittedSteps}: it goes on from there";
        return Liveness.Wait(state.Note(new(now, "ahead", ahead.Name, state.CommittedSteps, why)), [new RunEffect.Warn(why)], why);
    }

    private static RunDecision Begin(RunState state, NodeState[] ready, string[] missing, TimeSpan now)
    {
        // Who is furthest, and do they hold the same? A state of step -1 is only half there.
        var step = ready.Max(node => node.Step);
        if (step < 0) return RunDecision.Ignore(state, null);
        var furthest = ready.Where(node => node.Step == step).ToArray();
        if (step >= state.TotalSteps)
            return RunEnd.Completed(state with { CommittedSteps = step }, $"all {state.TotalSteps} steps were committed before (the nodes' state is at step {step})");
        if (Digests.Majority(furthest, node => node.Digest) is not { } digest)
            return RunEnd.Failed(state with { CommittedSteps = step }, $"nodes hold different states of step {step}, and no majority says which is right ({Digests.Difference(furthest, n => n.Digest)}): remove the wrong one's checkpoints", isDoubtful: true);

        var next = state with { CommittedSteps = step, Awaited = [], AwaitedUntil = null, LostInStep = [], WasComplete = false, Phase = RunPhase.Running };
        next = next.WithNodes(node => ready.All(r => r.Session != node.Session) ? node
            : node.Step == step && node.Digest == digest ? node with { Stage = NodeStage.Computing }
            : node with { Stage = NodeStage.Listening, Discard = node.Step == step });
        if (next.Nodes.Any(node => node.Stage == NodeStage.Listening) && !next.Members.Any(node => node.Hello.ReplicaAddress.Length > 0))
            return RunEnd.Failed(next, $"{next.Nodes.First(node => node.Stage == NodeStage.Listening).Name} is behind, and no node at step {step} serves its state: give {furthest[0].Name} an address that others can reach (Node:Listen)");

        var why = missing.Length > 0 ? $"{string.Join(", ", missing)} did not come back in time" : "all are here";
        if (state.CommittedSteps > step) why += $"; steps {step} to {state.CommittedSteps - 1} were committed, but no node holds them: they are computed again";
        return GenerationStart.Begin(next, why, now);
    }

    // Half of a state is of no use, and nobody is there to give a whole one.
    private static RunDecision Dismiss(RunState state, NodeState[] ready)
    {
        var names = string.Join(", ", ready.Select(node => node.Name));
        var reason = $"no node that is here holds a whole state of the run: {names} lost the node that it was fetched from. Start again what has ended: it resumes from the last checkpoint";
        var finish = new Protos.Finish { Outcome = Protos.Finish.Types.Outcome.Failed, Reason = reason };
        return new(state.Without(ready) with { AwaitedUntil = null }, [new RunEffect.Warn(reason), .. ready.Select(node => new RunEffect.SendFinish(node.Session, finish))], reason);
    }

    private static string Waits(RunState state, int ready)
    {
        var missing = state.Awaited.Where(name => state.Nodes.All(node => node.Name != name)).ToArray();
        return missing.Length > 0 ? $"waiting for {string.Join(", ", missing)} ({ready} nodes are ready)" : $"{ready} of {Math.Max(state.Settings.ExpectedNodes, state.Awaited.Length)} nodes are ready";
    }
}
