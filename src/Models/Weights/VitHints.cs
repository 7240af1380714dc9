namespace Lockstep.Models.Weights;

/// <summary>What a user says of a weights file's network; null where nothing.</summary>
/// <param name="Arch">vit_tiny, vit_small, vit_base, or vit.</param>
/// <param name="PatchSize">Side of a patch, pixels.</param>
/// <param name="Heads">Attention heads: needed where the width is not 64 a head.</param>
public sealed record VitHints(string? Arch = null, int? PatchSize = null, int? Heads = null);
