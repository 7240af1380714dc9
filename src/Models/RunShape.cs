namespace Lockstep.Models;

/// <summary>The numbers of a run that every part agrees on. Fixed by the recipe and the dataset, never by the cluster.</summary>
/// <param name="Seed">Key of all chance in the run.</param>
/// <param name="Samples">Images in the dataset.</param>
/// <param name="GlobalBatch">Images a step; a multiple of <paramref name="Microbatches"/>.</param>
/// <param name="Microbatches">M, a power of two: pieces of a step that any node may compute.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
public sealed record RunShape(ulong Seed, long Samples, int GlobalBatch, int Microbatches, long TotalSteps)
{
    /// <summary>Images a microbatch.</summary>
    public int MicrobatchSize => GlobalBatch / Microbatches;

    /// <summary>Whole steps an epoch; the rest of the dataset is dropped, another rest each epoch.</summary>
    public long StepsPerEpoch => Samples / GlobalBatch;

    /// <summary>Epoch (from 0) of a step (from 0).</summary>
    public long EpochOf(long step) => step / StepsPerEpoch;
}
