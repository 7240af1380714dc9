using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace Lockstep.Node.Recipes;

/// <summary>Section Run: what is trained, how long, and where it is kept.</summary>
public sealed record RunOptions : IValidatableObject
{
    /// <summary>Folder of the run: configuration, metrics, checkpoints, log. Running again in it resumes.</summary>
    [Required(ErrorMessage = "Run:Folder is empty; name the folder that the run is to be kept in")]
    public string Folder { get; init; } = "";

    /// <summary>Key of all chance.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps of the whole run; 0: as many as Run:Epochs makes.</summary>
    [Range(0, uint.MaxValue, ErrorMessage = "Run:Steps must be 0 (use Run:Epochs) or positive")]
    public long Steps { get; init; }

    /// <summary>Epochs of the whole run, when Run:Steps is 0. May be fractional.</summary>
    [Range(0.0, 1e6, ErrorMessage = "Run:Epochs must not be negative")]
    public double Epochs { get; init; }

    /// <summary>Images a step.</summary>
    [Range(1, 1 << 20, ErrorMessage = "Run:GlobalBatch must be between 1 and 1048576")]
    public int GlobalBatch { get; init; }

    /// <summary>M, a power of two: pieces of a step that any node may compute. Part of the result.</summary>
    [Range(1, 1 << 16, ErrorMessage = "Run:Microbatches must be between 1 and 65536")]
    public int Microbatches { get; init; }

    /// <summary>Steps between two checkpoints; one is always written at the end and on Ctrl-C.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "Run:CheckpointEverySteps must be positive")]
    public long CheckpointEverySteps { get; init; }

    /// <summary>Checkpoints that are kept; older ones are deleted, but for those of <see cref="KeepEveryEpochs"/>.</summary>
    [Range(1, 1000, ErrorMessage = "Run:KeepCheckpoints must be between 1 and 1000")]
    public int KeepCheckpoints { get; init; }

    /// <summary>A checkpoint is written at the end of every so many epochs, and stays beside the newest; 0: none.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Run:KeepEveryEpochs must be between 0 (none) and 1000000")]
    public int KeepEveryEpochs { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Steps == 0 && Epochs == 0)
            yield return new("Run:Steps and Run:Epochs are both 0; give one of them");
        if (Microbatches > 0 && !BitOperations.IsPow2(Microbatches))
            yield return new($"Run:Microbatches is {Microbatches}; it must be a power of two (1, 2, 4, 8, ...)");
        if (Microbatches > 0 && GlobalBatch % Microbatches != 0)
            yield return new($"Run:GlobalBatch ({GlobalBatch}) must be a multiple of Run:Microbatches ({Microbatches})");
    }
}
