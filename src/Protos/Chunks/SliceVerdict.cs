namespace Lockstep.Protos;

/// <summary>What became of a chunk given to a <see cref="SliceReducer"/>.</summary>
/// <param name="Refusal">Why the chunk was not taken (the caller still holds it), or null.</param>
/// <param name="Sum">
/// The sum of a whole maximal aligned block of the reducer's set, for the one caller whose chunk completed it; that caller
/// holds it.
/// </param>
public readonly record struct SliceVerdict(string? Refusal, ChunkMessage? Sum);
