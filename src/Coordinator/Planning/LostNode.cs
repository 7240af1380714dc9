using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>A node that is lost, and how that was noticed.</summary>
/// <param name="Node">Who.</param>
/// <param name="Kind">lost (its stream broke), silent, stuck or failed.</param>
/// <param name="Detail">What was seen, as the rest of a sentence that begins with the node's name and a colon.</param>
public sealed record LostNode(NodeState Node, string Kind, string Detail);
