using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Data: where the images are and how they are read ahead.</summary>
public sealed record DataOptions
{
    /// <summary>Folder of training images: class folders or flat. Labels are never used in training.</summary>
    public string Train { get; init; } = "";

    /// <summary>Folder of held-out images in class folders, for evaluation. May be empty.</summary>
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
