using System.Collections.Immutable;

namespace Lockstep.Protos;

/// <summary>A slice of the flat buffer and the way of its sum.</summary>
/// <param name="Number">Place among the slices, from 0, ascending by offset.</param>
/// <param name="Offset">First float.</param>
/// <param name="Length">Floats.</param>
/// <param name="Root">node_index of whoever forms the whole sum; <see cref="ReduceRoute.Hub"/> for the coordinator.</param>
/// <param name="Owners">For each group, who adds what the group sends and passes the sum on to it. Root is one of them.</param>
public sealed record SliceRoute(int Number, int Offset, int Length, int Root, ImmutableArray<int> Owners);
