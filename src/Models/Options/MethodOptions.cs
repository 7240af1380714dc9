namespace Lockstep.Models.Options;

/// <summary>The sections of a recipe that a method reads.</summary>
public sealed record MethodOptions
{
    public required ModelOptions Model { get; init; }
    public required OptimOptions Optim { get; init; }
    public required AugmentOptions Augment { get; init; }

    /// <summary>Node:RecomputeBlocks: less memory for more time, the same bits.</summary>
    public bool RecomputeBlocks { get; init; }

    /// <summary>Needed by the method "dino".</summary>
    public DinoOptions? Dino { get; init; }
}
