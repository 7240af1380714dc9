using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// The exchange of a step broke though nobody seems to be dead. Such a report is a vote: usually its cause is a node whose
/// loss is noticed a moment later; otherwise the exchange is repeated, then (up to 16 members) through the hub, then without who complains.
/// </summary>
internal static class ReduceFaults
{
    private const int RetriesBeforeHub = 2, RetriesBeforeEviction = 4, MostRetries = 10;

    // More would take the coordinator's line for longer than a step. After so many steps the direct exchange is tried again.
    private const int MostForHub = 16, HubSteps = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    /// <summary>Remembers a report of the running generation.</summary>
    public static RunDecision Note(RunState state, NodeState node, ReduceFailed failure, TimeSpan now)
    {
        if (state.Phase != RunPhase.Running || failure.Generation != state.Generation || !node.IsInGeneration || node.Prepared is not null)
            return RunDecision.Ignore(state, null);
        return new(state.With(node with { Broken = (failure, now) }), [], $"{node.Name} reports that the exchange of step {failure.Step} broke: {failure.Reason}");
    }

    /// <summary>Acts on a report that no loss has explained.</summary>
    public static RunDecision Check(RunState state, TimeSpan now)
    {
        if (state.Nodes.FirstOrDefault(node => node.IsInGeneration && node.Broken is { } broken && now - broken.At >= Patience) is not { } node) return RunDecision.Ignore(state, null);
        var (failure, _) = node.Broken!.Value;
        var peer = failure.PeerIndex < 0 ? "the hub" : state.Nodes.FirstOrDefault(n => n.Index == failure.PeerIndex)?.Name ?? $"node number {failure.PeerIndex}";
        var what = $"the exchange of step {failure.Step} between {node.Name} and {peer} broke ({failure.Reason})";
        if (state.Retries >= MostRetries) return RunEnd.Failed(state, $"{what}, {MostRetries + 1} times in a row. Check the network between the nodes");
        if (!node.IsMember) return Liveness.Lost(state, [new(node, "reduce", what)], now); // it only listens: the others need not change anything
        var hubHelps = state.Members.Count() <= MostForHub;
        if (state.Retries >= (hubHelps ? RetriesBeforeEviction : RetriesBeforeHub))
            return Liveness.Lost(state with { Retries = state.Retries + 1 }, [new(node, "reduce", what)], now);

        var hub = state.Retries >= RetriesBeforeHub;
        var done = hub ? "it is repeated through the hub" : "it is repeated";
        var next = (state with { Retries = state.Retries + 1, HubUntil = hub ? state.CommittedSteps + HubSteps : 0 }).Note(new(now, "reduce", node.Name, state.CommittedSteps, $"{what}: {done}"));
        var begun = GenerationStart.Begin(next, $"{what}: {done}", now);
        return begun with { Effects = begun.Effects.Insert(0, new RunEffect.Warn($"{what}: {done}")) };
    }
}
