namespace Lockstep.Models.Weights;

/// <summary>What a user says of a weights file's network; null where nothing.</summary>
/// <param name="Arch">vit_tiny, vit_small, vit_base, vit, resnet50 or resnet.</param>
/// <param name="PatchSize">Side of a ViT's patch, pixels.</param>
/// <param name="Heads">A ViT's attention heads: needed where the width is not 64 a head.</param>
public sealed record BackboneHints(string? Arch = null, int? PatchSize = null, int? Heads = null);
