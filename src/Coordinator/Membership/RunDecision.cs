using System.Collections.Immutable;

namespace Lockstep.Coordinator.Membership;

/// <summary>What follows from an event.</summary>
/// <param name="State">The run from now on.</param>
/// <param name="Effects">What is to be done, in order.</param>
/// <param name="Reason">Why, for the log; null for what needs no words (a heartbeat, a tick).</param>
public sealed record RunDecision(RunState State, ImmutableArray<RunEffect> Effects, string? Reason)
{
    /// <summary>Nothing changes, and this is why.</summary>
    public static RunDecision Ignore(RunState state, string? reason) => new(state, [], reason);
}
