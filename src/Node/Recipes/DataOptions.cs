using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Data: where the images are and how they are read ahead.</summary>
public sealed record DataOptions : IValidatableObject
{
    /// <summary>Training images: a folder, a list file, tar shards (docs/data-sources.md). Labels are never used in training.</summary>
    public string Train { get; init; } = "";

    /// <summary>Held-out images with classes, in any of these forms, for evaluation. May be empty.</summary>
    public string Test { get; init; } = "";

    /// <summary>How an epoch goes through the images. "permutation": any image may follow any other. "shards": shard by shard, shuffled within a window of several. "auto": shards where the images lie in more than one. Part of the result.</summary>
    [AllowedValues("auto", "permutation", "shards", ErrorMessage = "Data:Order must be auto, permutation or shards")]
    public string Order { get; init; } = "";

    /// <summary>Shards that a shuffle window spans, at most. More mix better, fewer keep fewer files open. Part of the result.</summary>
    [Range(1, 1 << 20, ErrorMessage = "Data:ShuffleShards must be between 1 (each shard for itself) and 1048576")]
    public int ShuffleShards { get; init; }

    /// <summary>Images a shard, whatever the storage, so that a folder and its tar files give one order; 0: shards as they are stored. Part of the result.</summary>
    [Range(0, int.MaxValue, ErrorMessage = "Data:ShardSamples must be 0 (shards as they are stored) or a number of images")]
    public int ShardSamples { get; init; }

    /// <summary>What becomes of the images at an epoch's end that do not fill a step. "drop": left out, others each epoch. "carry": the next epoch fills the step. Part of the result.</summary>
    [AllowedValues("drop", "carry", ErrorMessage = "Data:LastBatch must be drop or carry")]
    public string LastBatch { get; init; } = "";

    /// <summary>Whether an epoch may end within a step.</summary>
    public bool Carries => LastBatch == "carry";

    /// <summary>Threads a node that read, decode and augment; 0: one a core (of those that the nodes of `lockstep train` share).</summary>
    [Range(0, 256, ErrorMessage = "Data:Workers must be between 0 (one a core) and 256")]
    public int Workers { get; init; }

    /// <summary>Microbatches a node that are prepared ahead, at most; one a lane and one more are prepared in any case.</summary>
    [Range(1, 65_536, ErrorMessage = "Data:PrefetchMicrobatches must be between 1 and 65536")]
    public int PrefetchMicrobatches { get; init; }

    /// <summary>Memory a node for microbatches that are prepared ahead, MiB. The smaller of the two limits holds.</summary>
    [Range(1, 1 << 24, ErrorMessage = "Data:PrefetchMiB must be between 1 and 16777216")]
    public int PrefetchMiB { get; init; }

    /// <summary>Where encoded images are kept once they have been read: none, memory, or disk (a local one, when Data:Train is on a slow one).</summary>
    [AllowedValues("none", "memory", "disk", ErrorMessage = "Data:Cache must be none, memory or disk")]
    public string Cache { get; init; } = "";

    /// <summary>Budget of a node's cache, MiB.</summary>
    [Range(1, 1 << 30, ErrorMessage = "Data:CacheMiB must be between 1 and 1073741824")]
    public int CacheMiB { get; init; }

    /// <summary>Folder of disk caches; nodes and runs may share it.</summary>
    public string CacheFolder { get; init; } = "";

    /// <summary>How long reading is tried again when the storage fails, before the node stops, seconds.</summary>
    [Range(0.0, 86_400.0, ErrorMessage = "Data:ReadRetrySeconds must be between 0 and 86400")]
    public double ReadRetrySeconds { get; init; }

    /// <summary>Share of broken images above which the run stops.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Data:MaxBrokenShare must be between 0 and 1")]
    public double MaxBrokenShare { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Cache == "disk" && CacheFolder.Length == 0) yield return new("Data:Cache is disk, but Data:CacheFolder is empty; name a folder on a local disk, e.g. Data:CacheFolder=/scratch/lockstep");
    }
}
