using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator.Planning;

/// <summary>What a node must bring to be let in.</summary>
internal static class AdmissionRules
{
    /// <summary>Why a node is refused, with the remedy; whether it should try again later; as what it is counted. Null when it is welcome.</summary>
    public static (string Reason, bool Retry, string? Kind)? Refusal(RunState state, Hello hello)
    {
        var settings = state.Settings;
        if (state.Outcome is { } outcome) return ($"the run has ended ({outcome.Reason}). Start the coordinator again to resume.", false, null);
        if (string.IsNullOrWhiteSpace(hello.Node)) return ("the node has no name. Give it one, unique in the run.", false, RefusalKinds.Node);
        if (hello.RecipeHash != settings.RecipeHash)
            return ($"its recipe hash {hello.RecipeHash} differs from the coordinator's {settings.RecipeHash}. Start the node with the same recipe and the same settings as the coordinator.", false, RefusalKinds.Node);
        if (OtherRun(state, hello) is { } run) return (run, true, RefusalKinds.Run);
        if (state.Nodes.Any(node => node.Name == hello.Node))
            return ($"a node named {hello.Node} is already in the run. Give each node a name of its own.", true, null);
        if (state.Nodes.Length >= settings.Microbatches)
            return ($"the run has {state.Nodes.Length} nodes, one for each of its {settings.Microbatches} microbatches: a further one would have nothing to do. More microbatches (Run:Microbatches) are another recipe.", true, null);
        var (whose, standard) = StandardOf(state);
        if (standard is null || standard == RunStandard.Of(hello)) return hello.Samples < settings.GlobalBatch ? (TooFew(hello, settings), false, RefusalKinds.Node) : null;
        if (hello.DatasetHash != standard.DatasetHash)
            return ($"its dataset (hash {hello.DatasetHash}) differs from {whose} (hash {standard.DatasetHash}). Give all nodes the same files: compare the lists of relative paths and sizes and, where Data:Order follows shards, how many images each shard has.", false, RefusalKinds.Node);
        if (hello.Samples != standard.Samples)
            return ($"its dataset has {hello.Samples} images, {whose} has {standard.Samples}. Give all nodes the same files.", false, RefusalKinds.Node);
        if (hello.Samples < settings.GlobalBatch) return (TooFew(hello, settings), false, RefusalKinds.Node);
        if (!settings.AllowMixed && standard.KernelFingerprint is { Length: > 0 } fingerprint && fingerprint != hello.KernelFingerprint)
            return ($"it computes with '{hello.KernelFingerprint}', but {whose} is '{standard.KernelFingerprint}', so that equal bits cannot be promised. Use equal machines and libraries, or allow it with Cluster:AllowMixed=true. A run that was stopped, or that all nodes have left in good order, may go on with other machines.", false, RefusalKinds.Node);
        return null;
    }

    /// <summary>A node of the run for which something is not as for the one that greets; null when it is so for all.</summary>
    public static NodeState? Other<T>(RunState state, Hello hello, Func<Hello, T> value) =>
        state.Nodes.FirstOrDefault(node => !Equals(value(node.Hello), value(hello)));

    /// <summary>True for a node that was at most told of its run, and never took part in it.</summary>
    public static bool HoldsNothing(Hello hello) => hello.Step == 0 && hello.Generation == 0;

    // Where the run says nothing, the nodes do that are here.
    private static (string Whose, RunStandard? Standard) StandardOf(RunState state) => (state.Standard, state.Nodes) switch
    {
        ({ KernelFingerprint: "" } standard, [var first, ..]) => ("the run's", standard with { KernelFingerprint = first.Hello.KernelFingerprint }),
        ({ } standard, _) => ("the run's", standard),
        (null, [var first, ..]) => ($"{first.Name}'s", RunStandard.Of(first.Hello)),
        _ => ("", null),
    };

    private static string TooFew(Hello hello, RunSettings settings) =>
        $"its dataset has {hello.Samples} images, fewer than one global batch of {settings.GlobalBatch}. Point it at more images, or use a smaller global batch.";

    // A node that is ahead of an empty journal is not to be pulled into a new run by mistake.
    private static string? OtherRun(RunState state, Hello hello)
    {
        if (hello.Run.Length == 0 || hello.Run == state.Run || state.MayAdopt || HoldsNothing(hello)) return null;
        return $"it holds step {hello.Step} of run {hello.Run}, but this coordinator's journal is of run {state.Run} at step {state.CommittedSteps}. Start the coordinator with the journal of that run (--journal), or, if that journal is lost, with --adopt to take the run over from its nodes.";
    }
}
