namespace Lockstep.Protos;

/// <summary>A slice at one of its owners: what it adds up, and where that goes.</summary>
/// <param name="Reducer">Adds the blocks.</param>
/// <param name="Up">The way to the slice's root; null at the root itself.</param>
/// <param name="Down">The ways to those whom this owner passes the sum on to.</param>
public sealed record SliceStation(SliceReducer Reducer, ChunkQueue? Up, ChunkQueue[] Down);
