using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>What the reducer must know of a generation.</summary>
/// <param name="Run">Identifier of the run.</param>
/// <param name="Generation">Number of the membership.</param>
/// <param name="FirstStep">The step in progress when it begins.</param>
/// <param name="Microbatches">M.</param>
/// <param name="SliceFloats">Floats a slice.</param>
/// <param name="Ranges">The microbatches of each node, by the node's number in the run.</param>
public sealed record ReduceShape(string Run, long Generation, long FirstStep, int Microbatches, int SliceFloats, ImmutableSortedDictionary<int, MicrobatchBlock> Ranges);
