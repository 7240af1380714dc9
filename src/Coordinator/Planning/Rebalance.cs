using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>New ranges for the same nodes.</summary>
/// <param name="Ranges">In the order of the nodes.</param>
/// <param name="Node">The node whose share changes most.</param>
/// <param name="Reason">A sentence for the log and the status that names it.</param>
public sealed record Rebalance(ImmutableArray<MicrobatchBlock> Ranges, string Node, string Reason);
