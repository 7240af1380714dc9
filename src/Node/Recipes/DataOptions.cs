using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Data: where the images are and how they are read ahead.</summary>
public sealed record DataOptions
{
    /// <summary>Training images: a folder, a list file, tar shards (docs/data-sources.md). Labels are never used in training.</summary>
    public string Train { get; init; } = "";

    /// <summary>Held-out images with classes, in any of these forms, for evaluation. May be empty.</summary>
    public string Test { get; init; } = "";

    /// <summary>Threads a node that decode and augment.</summary>
    [Range(1, 256, ErrorMessage = "Data:Workers must be between 1 and 256")]
    public int Workers { get; init; }

    /// <summary>Microbatches a node that are prepared ahead.</summary>
    [Range(1, 1024, ErrorMessage = "Data:PrefetchMicrobatches must be between 1 and 1024")]
    public int PrefetchMicrobatches { get; init; }

    /// <summary>Share of broken images above which the run stops.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Data:MaxBrokenShare must be between 0 and 1")]
    public double MaxBrokenShare { get; init; }
}
