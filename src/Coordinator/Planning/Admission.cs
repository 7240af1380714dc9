using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Who may join the run.</summary>
public static class Admission
{
    // A process that has just begun loads libraries and compiles: its first heartbeats may be late. It wears off like any gap.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(3);

    /// <summary>Welcomes a node, or rejects it with the reason and the remedy.</summary>
    public static RunDecision Decide(RunState state, RunEvent.NodeGreeted greeted, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(greeted);
        var hello = greeted.Hello;
        if (IsFenced(state, hello))
        {
            var why = $"{hello.Node} has seen start {hello.Epoch} of this run's coordinator, this one is start {state.Epoch}: another coordinator has taken the run over. This one ends; the other goes on";
            var nodes = state.Nodes.Select(node => node.Session).Append(greeted.Session);
            return RunEnd.Failed(state with { Nodes = [], IsFenced = true }, why, [.. nodes.Select(session => new RunEffect.Reject(session, why, Retry: true))]);
        }

        if (state.IsFenced) return new(state, [new RunEffect.Reject(greeted.Session, "another coordinator has taken the run over; this one ends.", Retry: true)], $"{NameOf(hello)} is sent to the other coordinator");

        // Who was between two sessions when the run ended hears of it now.
        if (state.Outcome is { } outcome && hello.Run == state.Run)
        {
            var letIn = new Welcome { Run = state.Run, NodeIndex = state.NextIndex, Epoch = state.Epoch };
            return new(state with { NextIndex = state.NextIndex + 1 }, [new RunEffect.SendWelcome(greeted.Session, letIn), new RunEffect.SendFinish(greeted.Session, outcome)], $"{hello.Node} comes back after the run's end");
        }

        // If nobody is left to write the end, it is welcome again.
        if (state.Ending is { } ending)
            return new(state, [new RunEffect.Reject(greeted.Session, $"the run is ending ({ending.Reason}); the last checkpoint is being written.", Retry: true)], $"{NameOf(hello)} comes while the run ends");

        // The node that dials again may be here before the end of its broken session is seen.
        var before = state.Nodes.FirstOrDefault(node => node.Name == hello.Node);
        if (before is not null && (before.Hello.Instance == hello.Instance || before.Pulse.IsSilent(now, state.Settings.NodeTimeout / 2)))
        {
            var gone = Liveness.Lost(state, [new(before, "lost", "it dialled again, its session before is given up")], now);
            var again = Decide(gone.State, greeted, now);
            return new(again.State, gone.Effects.AddRange(again.Effects), $"{gone.Reason}; {again.Reason}");
        }

        if (AdmissionRules.Refusal(state, hello) is { } refusal)
            return new(state, [new RunEffect.Reject(greeted.Session, refusal.Reason, refusal.Retry, refusal.Kind)], $"rejected {NameOf(hello)}: {refusal.Reason}");
        var adopted = Adopt(state, hello);
        if (adopted.Run == state.Run) return Welcome(adopted, greeted, now);

        // Who was let in before belongs to a run that is not to be: it must hear of this one.
        var welcome = Welcome(adopted with { Nodes = [] }, greeted, now);
        var strays = state.Nodes.Select(node => new RunEffect.Reject(node.Session, $"the coordinator has taken over run {adopted.Run}; join again.", Retry: true));
        return welcome with { Effects = [.. welcome.Effects, .. strays] };
    }

    private static RunDecision Welcome(RunState state, RunEvent.NodeGreeted greeted, TimeSpan now)
    {
        var hello = greeted.Hello;
        var node = new NodeState(greeted.Session, state.NextIndex, hello, new Pulse(now, hello.Generation == 0 ? StartPatience : default))
        {
            Step = hello.Step,
            Digest = hello.StateDigest,
            Work = hello.Held.ToSet(state.Settings.Microbatches),
            Progress = new ProgressDeadline(now),
        };
        var hasBegun = state.HasBegun || (hello.Run == state.Run && hello.Generation > 0);
        var next = state with
        {
            Nodes = [.. state.Nodes.Append(node).OrderBy(n => n.Name, StringComparer.Ordinal)],
            NextIndex = state.NextIndex + 1,
            TotalSteps = StepBudget.TotalSteps(state.Settings, hello.Samples),
            HasBegun = hasBegun,
            AwaitedUntil = hasBegun == state.HasBegun ? state.AwaitedUntil : null,
            SeenGeneration = hello.Run == state.Run ? Math.Max(state.SeenGeneration, hello.Generation) : state.SeenGeneration,
        };
        var effects = ImmutableArray.Create<RunEffect>(
            new RunEffect.SendWelcome(node.Session, new Welcome { Run = next.Run, NodeIndex = node.Index, Epoch = next.Epoch }));
        if (state.Adopted)
        {
            next = next with { Adopted = false };
            effects =
            [
                new RunEffect.Record(new JournalRecord { RunBegun = new() { Run = next.Run, RecipeHash = next.Settings.RecipeHash, DatasetHash = hello.DatasetHash } }, Durable: true),
                new RunEffect.Record(new JournalRecord { EpochBegun = new() { Epoch = next.Epoch } }, Durable: true),
                .. effects,
                new RunEffect.Warn($"run {next.Run} is taken over from {node.Name}, which holds its step {hello.Step}"),
            ];
        }
        if (AdmissionRules.Other(state, hello, n => n.KernelFingerprint) is { } other)
            effects = effects.Add(new RunEffect.Warn($"{node.Name} computes with '{hello.KernelFingerprint}', {other.Name} with '{other.Hello.KernelFingerprint}': their digests may differ, and the run then fails."));
        return new(next, effects, $"{node.Name} joins with the state of step {hello.Step} ({next.Nodes.Length} of {Math.Max(next.Nodes.Length, state.Settings.ExpectedNodes)} nodes)");
    }

    // Without a journal of its own (or told so), a coordinator takes over the run that its first node is in. Nodes without a
    // run that came before it were told another run's name: they are sent back to hear the right one.
    private static RunState Adopt(RunState state, Hello hello)
    {
        if (hello.Run.Length == 0 || AdmissionRules.HoldsNothing(hello)) return state;
        if (hello.Run == state.Run)
            return state.TookOver && hello.Epoch >= state.Epoch ? state with { Epoch = hello.Epoch + 1, Adopted = true } : state with { MayAdopt = false };
        return state.MayAdopt
            ? state with { Run = hello.Run, CommittedSteps = 0, WasComplete = false, MayAdopt = false, Adopted = true, TookOver = true, Epoch = Math.Max(state.Epoch, hello.Epoch + 1) }
            : state;
    }

    private static bool IsFenced(RunState state, Hello hello) => hello.Run == state.Run && hello.Epoch > state.Epoch && state.Outcome is null && !state.TookOver;

    private static string NameOf(Hello hello) => hello.Node.Length == 0 ? "a node without a name" : hello.Node;
}
