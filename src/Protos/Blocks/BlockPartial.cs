namespace Lockstep.Protos;

/// <summary>The sum of a maximal aligned block of microbatches.</summary>
/// <param name="Block">Which microbatches are summed.</param>
/// <param name="Sum">The flat contribution buffer, summed; owned by the accumulator and valid until its Reset.</param>
public readonly record struct BlockPartial(MicrobatchBlock Block, Memory<float> Sum);
