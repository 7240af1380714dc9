using System.Collections.Immutable;
using System.Globalization;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>What follows when nodes break off, fall silent, hang or give up: the survivors finish the step.</summary>
public static class Liveness
{
    // A tick that comes later than this after the one before shows that the coordinator itself stood still.
    private static readonly TimeSpan LateTick = TimeSpan.FromSeconds(0.4);

    // A microbatch of a large network may take minutes; who has shown how long its microbatches take is judged by that.
    internal static readonly TimeSpan LeastStuck = TimeSpan.FromMinutes(5);

    /// <summary>A heartbeat's news.</summary>
    public static NodeState Heard(NodeState node, Heartbeat heartbeat, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(heartbeat);
        var waits = heartbeat.WaitsFor.Length > 0 || heartbeat.Phase is "prepare" or "start";
        return node with { Doing = heartbeat, Progress = node.Progress.Heard(heartbeat.Progress, waits, now) };
    }

    /// <summary>When the coordinator was paused, nobody could be heard: that silence is not the nodes'. Comes before every event.</summary>
    public static RunState CreditOwnPause(RunState state, TimeSpan now, bool isTick)
    {
        ArgumentNullException.ThrowIfNull(state);
        var pause = now - state.LastTick;
        if (state.LastTick == default || pause < LateTick) return isTick ? state with { LastTick = now } : state;
        return (state with { LastTick = now }).WithNodes(node => node with { Pulse = node.Pulse.Credit(pause), Progress = node.Progress.Credit(pause) });
    }

    /// <summary>Looks for nodes that have been silent, or without progress, for too long.</summary>
    public static RunDecision Check(RunState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var timeout = state.Settings.NodeTimeout;
        var lost = Silent(state, now)
            .Concat(state.Nodes.Where(node => node.Stage is NodeStage.Computing or NodeStage.Listening && !node.Pulse.IsSilent(now, timeout) && node.Progress.IsStuck(now, LeastStuck))
                .Select(node => new LostNode(node, "stuck", $"it lives, but has got nothing done in phase {node.Doing.Phase} for {Seconds(now - node.Progress.LastMoved)} s")))
            .ToArray();
        return lost.Length == 0 ? RunDecision.Ignore(state, null) : Lost(state, lost, now);
    }

    /// <summary>Nodes that have been silent for too long.</summary>
    internal static IEnumerable<LostNode> Silent(RunState state, TimeSpan now) => state.Nodes.Where(node => node.Pulse.IsSilent(now, state.Settings.NodeTimeout))
        .Select(node => new LostNode(node, "silent", $"nothing was heard of it for {Seconds(now - node.Pulse.LastHeard)} s"));

    /// <summary>
    /// Goes on without some nodes. If the others all hold the open step's sum it is committed; if not, a new generation
    /// finishes it: partial sums stay valid, only what the lost ones held is computed again.
    /// </summary>
    public static RunDecision Lost(RunState state, IReadOnlyCollection<LostNode> lost, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(lost);
        var inGeneration = lost.Any(l => l.Node.IsInGeneration) && state.Phase == RunPhase.Running;
        var texts = lost.Select(l => (l.Node, l.Kind, Text: Describe(state, l, now))).ToArray();
        var next = texts.Aggregate(state.Without([.. lost.Select(l => l.Node)]), (run, t) => run.Note(new(now, t.Kind, t.Node.Name, state.CommittedSteps, t.Text)));
        var why = string.Join("; ", texts.Select(t => t.Text));
        var farewells = lost.Select(l => (RunEffect)new RunEffect.Reject(l.Node.Session, $"{l.Node.Name} was given up ({l.Detail}); it may join again.", Retry: true)).ToImmutableArray();

        if (!inGeneration) return new(next, [new RunEffect.Warn(why), .. farewells], why);
        next = next with { LostInStep = [.. next.LostInStep.Union(lost.Where(l => l.Node.IsMember).Select(l => l.Node.Name))] };
        if (lost.All(l => l.Kind != "reduce")) next = next with { HubUntil = 0, Retries = 0 };
        if (!next.Members.Any())
        {
            var failed = lost.Where(l => l.Node.IsMember).ToArray();
            return failed.All(l => l.Kind == "failed")
                ? RunEnd.Failed(next, why, farewells)
                : Wait(next, [new RunEffect.Warn(why), .. farewells], why);
        }
        if (next.Members.Count() < next.Settings.MinNodes) return Wait(next, [new RunEffect.Warn(why), .. farewells], why);

        var without = $"without {string.Join(", ", lost.Select(l => l.Node.Name))}";
        var committed = CommitRule.TryCommit(next, now, without);
        var decision = committed.Effects.Length > 0 ? committed : GenerationStart.Begin(next, without, now);
        return decision with { Effects = [new RunEffect.Warn(why), .. decision.Effects, .. farewells] };
    }

    /// <summary>
    /// No generation can go on. Nodes that were in it are let go: they keep what they hold and dial again at once, and
    /// their greetings say where they are.
    /// </summary>
    internal static RunDecision Wait(RunState state, ImmutableArray<RunEffect> effects, string why)
    {
        if (state.StopReason is { } stop) return RunEnd.Stopped(state, stop, effects);
        var inGeneration = state.Nodes.Where(node => node.IsInGeneration).ToArray();
        var awaited = inGeneration.Where(node => node.IsMember).Select(node => node.Name).Union(state.LostInStep);
        var next = state.Without(inGeneration) with { Phase = RunPhase.Waiting, Awaited = [.. awaited], AwaitedUntil = null };
        return new(
            next,
            [.. effects, new RunEffect.EndReduce(), .. inGeneration.Select(node => new RunEffect.Reject(node.Session, $"the generation is over ({why}); join again.", Retry: true))],
            $"{why}: no generation can go on; waiting for nodes at step {state.CommittedSteps}");
    }

    private static string Describe(RunState state, LostNode lost, TimeSpan now)
    {
        var node = lost.Node;
        var doing = $"last seen {Seconds(now - node.Pulse.LastHeard)} s ago in phase {node.Doing.Phase}{(node.Doing.WaitsFor.Length > 0 ? $", waiting for {node.Doing.WaitsFor}" : "")}";
        var done = state.Phase != RunPhase.Running || !node.IsInGeneration ? "it had no work"
            : node.IsMember ? $"its microbatches {node.Work} of step {state.CommittedSteps} are taken over" : "it was catching up";
        return $"{node.Name} was lost: {lost.Detail} ({doing}; {done})";
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
