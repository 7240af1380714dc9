using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// Between the last commit and the end: one node writes the metrics that are missing and the last checkpoint, all others wait,
/// so that another can write if that one is lost.
/// </summary>
internal static class EndWriting
{
    /// <summary>Asks a node that holds the last state to write the end. A stop that finds none is the end itself.</summary>
    public static RunDecision Begin(RunState state, Finish ending, ImmutableArray<RunEffect> before) =>
        Ask(state with { Phase = RunPhase.Running, Ending = ending, Awaited = [.. Writers(state).Select(node => node.Name)] }, before, "");

    /// <summary>What a node says meanwhile.</summary>
    public static RunDecision FromNode(RunState state, NodeState node, RunEvent.FromNode message, TimeSpan now)
    {
        node = node with { Pulse = node.Pulse.Heard(now) };
        switch (message)
        {
            case RunEvent.NodeLost lost: return Lost(state, [new(node, "lost", $"its session ended: {lost.Detail}")], now);
            case RunEvent.NodeFailed failed: return Lost(state, [new(node, "failed", $"it failed: {failed.Reason.TrimEnd('.', ' ')}")], now);
            case RunEvent.NodeSaved when node.Session == state.ScribeSession: return RunEnd.End(state.With(node), state.Ending!, []);
            case RunEvent.NodeLeave leave when node.Session != state.ScribeSession:
                return new(state.Without([node]), [Departure.Farewell(node with { Leaving = leave.Reason }, state.CommittedSteps)], $"{node.Name} leaves while the run ends");
            case RunEvent.NodeHeard heard:
                node = Liveness.Heard(node, heard.Heartbeat, now);
                state = state.Hear(heard.Heartbeat);
                break;
            case RunEvent.NodeReady when node.Stage == NodeStage.Greeting: node = node with { Stage = NodeStage.Standby }; break;
        }
        return RunDecision.Ignore(state.With(node), null);
    }

    /// <summary>Looks for nodes that have been silent for too long, and for a writer that gets nothing done: its disk may hang.</summary>
    public static RunDecision Check(RunState state, TimeSpan now)
    {
        var lost = Liveness.Silent(state, now).ToArray();
        if (lost.Length == 0 && state.Find(state.ScribeSession) is { IsMember: true } writer && writer.Progress.IsStuck(now, Liveness.LeastStuck))
            lost = [new(writer, "stuck", $"it has written nothing for {(now - writer.Progress.LastMoved).TotalSeconds:0} s. Is its disk well?")];
        return lost.Length == 0 ? RunDecision.Ignore(state, null) : Lost(state, lost, now);
    }

    private static RunDecision Lost(RunState state, LostNode[] lost, TimeSpan now)
    {
        var texts = lost.Select(l => (l.Node, l.Kind, Text: $"{l.Node.Name} was lost while the run ends: {l.Detail}")).ToArray();
        var next = texts.Aggregate(state.Without([.. lost.Select(l => l.Node)]), (run, t) => run.Note(new(now, t.Kind, t.Node.Name, state.CommittedSteps, t.Text)));
        var why = string.Join("; ", texts.Select(t => t.Text));
        ImmutableArray<RunEffect> effects = [new RunEffect.Warn(why), .. lost.Select(l => new RunEffect.Reject(l.Node.Session, $"{l.Node.Name} was given up ({l.Detail}); it may come again.", Retry: true))];
        if (next.Find(state.ScribeSession) is not null) return new(next, effects, why);
        return lost.All(l => l.Kind == "failed") && !Writers(next).Any() ? RunEnd.Failed(next, why, effects) : Ask(next, effects, $"{why}; ");
    }

    // Who has written so far goes on; else who has been here longest, and so knows of the last steps.
    private static RunDecision Ask(RunState state, ImmutableArray<RunEffect> before, string why)
    {
        var writers = Writers(state).ToArray();
        if (writers.Length == 0) return Nobody(state, before, why);
        var isScribe = state.Find(state.ScribeSession) is { IsMember: true };
        var writer = isScribe ? state.Find(state.ScribeSession)! : writers.MinBy(node => node.Index)!;
        if (!isScribe)
        {
            // A number of its own: the scribe before may only hang, and must find its folder taken when it wakes.
            state = state with { ScribeSession = writer.Session, Generation = Math.Max(state.Generation, state.SeenGeneration) + 1 };
            before = before.Add(GenerationStart.Record(state, writers));
        }
        var ask = state.Ending!.Clone();
        (ask.Writes, ask.Generation) = (true, state.Generation);
        return new(state, before.Add(new RunEffect.SendFinish(writer.Session, ask)), $"{why}{state.Ending.Reason}: {writer.Name} writes the end");
    }

    // Somebody who holds the last step may come back; otherwise it is computed again.
    private static RunDecision Nobody(RunState state, ImmutableArray<RunEffect> before, string why)
    {
        var ending = state.Ending!;
        if (ending.Outcome == Finish.Types.Outcome.Stopped) return RunEnd.End(state, ending, before);
        return Liveness.Wait(state with { Ending = null, LostInStep = state.Awaited }, before, $"{why}nobody is left who could write the end");
    }

    // Nodes that hold the state of the last committed step, or hold its sum and have been sent the commit.
    private static IEnumerable<NodeState> Writers(RunState state) =>
        state.Nodes.Where(node => node.IsMember || (node.Stage is NodeStage.Greeting or NodeStage.Standby && state.TotalSteps > 0 && node.Step >= state.TotalSteps));
}
