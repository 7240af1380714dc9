using System.Collections.Immutable;

namespace Lockstep.Node.Membership;

/// <summary>What follows from an event.</summary>
/// <param name="State">The node from now on.</param>
/// <param name="Effects">What is to be done, in order.</param>
/// <param name="Reason">Why, for the log; null for what needs no words.</param>
public sealed record NodeDecision(MemberState State, ImmutableArray<NodeEffect> Effects, string? Reason);
