namespace Lockstep.Coordinator.Membership;

/// <summary>Something that went wrong, and what was done about it; see Fault in coordinator.proto.</summary>
/// <param name="At">Time since the coordinator's start.</param>
/// <param name="Kind">lost, silent, stuck, failed, left, reduce, digest, straggler, coordinator, ahead.</param>
/// <param name="Node">Who; empty for the coordinator.</param>
/// <param name="Step">The step that was open.</param>
/// <param name="Text">What, who, and what was done, in one sentence.</param>
public sealed record FaultNote(TimeSpan At, string Kind, string Node, long Step, string Text)
{
    /// <summary>Every kind that counts as a fault.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["lost", "silent", "stuck", "failed", "reduce", "digest", "straggler", "coordinator", "ahead"];
}
