namespace Lockstep.Models;

/// <summary>The numbers of a run that every part agrees on. Fixed by the recipe and the dataset, never by the cluster.</summary>
/// <param name="Seed">Key of all chance in the run.</param>
/// <param name="Samples">N, images in the dataset.</param>
/// <param name="GlobalBatch">G, images a step; a multiple of <paramref name="Microbatches"/>.</param>
/// <param name="Microbatches">M, a power of two: pieces of a step that any node may compute.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="LastBatch">What becomes of the N mod G images at an epoch's end.</param>
public sealed record RunShape(ulong Seed, long Samples, int GlobalBatch, int Microbatches, long TotalSteps, LastBatch LastBatch = LastBatch.Drop)
{
    /// <summary>B, images a microbatch.</summary>
    public int MicrobatchSize => GlobalBatch / Microbatches;

    /// <summary>Steps that lie wholly in one pass over the dataset: floor(N / G). With carry some epochs begin one more.</summary>
    public long StepsPerEpoch => Samples / GlobalBatch;

    /// <summary>Epoch (from 0) of the first image of a step (from 0). With carry, later images of the step may be of the next.</summary>
    public long EpochOf(long step) => LastBatch == LastBatch.Carry ? step * GlobalBatch / Samples : step / StepsPerEpoch;

    /// <summary>First step of an epoch: the first whose <see cref="EpochOf"/> is not below it.</summary>
    public long FirstStepOf(long epoch) =>
        LastBatch == LastBatch.Carry ? (epoch * Samples + GlobalBatch - 1) / GlobalBatch : epoch * StepsPerEpoch;

    /// <summary>Steps, to the nearest, that so many epochs take: the unit of a schedule given in epochs.</summary>
    public long StepsIn(double epochs) =>
        (long)Math.Round(LastBatch == LastBatch.Carry ? epochs * Samples / GlobalBatch : epochs * StepsPerEpoch);
}
