using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Who may join the run.</summary>
public static class Admission
{
    /// <summary>Welcomes a node, or rejects it with the reason and the remedy.</summary>
    public static RunDecision Decide(RunState state, RunEvent.NodeGreeted greeted, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(greeted);
        var hello = greeted.Hello;
        if (Refusal(state, hello) is { } refusal)
            return new(state, [new RunEffect.Reject(greeted.Session, refusal)], $"rejected {NameOf(hello)}: {refusal}");

        var node = new NodeState(greeted.Session, state.NextIndex, hello, now);
        var next = state with
        {
            Nodes = [.. state.Nodes.Append(node).OrderBy(n => n.Name, StringComparer.Ordinal)],
            NextIndex = state.NextIndex + 1,
            TotalSteps = StepBudget.TotalSteps(state.Settings, hello.Samples),
        };
        var welcome = new RunEffect.SendWelcome(node.Session, new Welcome { Run = state.Run, NodeIndex = node.Index });
        var reason = $"{node.Name} joins at step {hello.Step} ({next.Nodes.Length} of {state.Settings.ExpectedNodes} nodes)";
        return Other(state, hello, n => n.KernelFingerprint) is { } other
            ? new(next, [welcome, new RunEffect.Warn($"{node.Name} computes with '{hello.KernelFingerprint}', {other.Name} with '{other.Hello.KernelFingerprint}': their digests may differ, and the run then fails.")], reason)
            : new(next, [welcome], reason);
    }

    private static string? Refusal(RunState state, Hello hello)
    {
        var settings = state.Settings;
        if (state.Outcome is { } outcome) return $"the run has ended ({outcome.Reason}). Start the coordinator again to resume.";
        if (string.IsNullOrWhiteSpace(hello.Node)) return "the node has no name. Give it one, unique in the run.";
        if (hello.RecipeHash != settings.RecipeHash)
            return $"its recipe hash {hello.RecipeHash} differs from the coordinator's {settings.RecipeHash}. Start the node with the same recipe and the same settings as the coordinator.";
        if (state.Nodes.Any(node => node.Name == hello.Node))
            return $"a node named {hello.Node} is already in the run. Give each node a name of its own.";
        if (state.Phase != RunPhase.Waiting || state.Nodes.Length >= settings.ExpectedNodes)
            return $"the run already has the {settings.ExpectedNodes} nodes that it expects. Start the coordinator with a larger number of nodes.";
        if (Other(state, hello, n => n.DatasetHash) is { } other)
            return $"its dataset (hash {hello.DatasetHash}) differs from {other.Name}'s (hash {other.Hello.DatasetHash}). Give all nodes the same files: compare the lists of relative paths and sizes.";
        if (Other(state, hello, n => n.Samples) is { } counted)
            return $"its dataset has {hello.Samples} images, {counted.Name}'s has {counted.Hello.Samples}. Give all nodes the same files.";
        if (hello.Samples < settings.GlobalBatch)
            return $"its dataset has {hello.Samples} images, fewer than one global batch of {settings.GlobalBatch}. Point it at more images, or use a smaller global batch.";
        if (!settings.AllowMixed && Other(state, hello, n => n.KernelFingerprint) is { } mixed)
            return $"it computes with '{hello.KernelFingerprint}', but {mixed.Name} with '{mixed.Hello.KernelFingerprint}', so that equal bits cannot be promised. Use equal machines and libraries, or allow it with Cluster:AllowMixed=true.";
        return null;
    }

    private static NodeState? Other<T>(RunState state, Hello hello, Func<Hello, T> value) =>
        state.Nodes.FirstOrDefault(node => !Equals(value(node.Hello), value(hello)));

    private static string NameOf(Hello hello) => hello.Node.Length == 0 ? "a node without a name" : hello.Node;
}
