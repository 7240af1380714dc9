using Lockstep.Models;

namespace Lockstep.Node.Data;

/// <summary>
/// Which sample is where. Epoch e visits the permutation keyed by (seed, e); its step k takes positions
/// [k * GlobalBatch, (k + 1) * GlobalBatch), and microbatch m the m-th slice of these. The rest of the permutation,
/// less than one step, is dropped: another rest each epoch. Not thread-safe: one a worker.
/// </summary>
public sealed class SampleOrder
{
    private readonly RunShape _shape;
    private KeyedPermutation _permutation;
    private long _epoch;

    /// <exception cref="DataException">The dataset is smaller than one step or too large to number.</exception>
    public SampleOrder(RunShape shape)
    {
        if (shape.Samples < shape.GlobalBatch)
            throw new DataException($"The dataset has {shape.Samples} images, fewer than one step takes (GlobalBatch {shape.GlobalBatch}). Add images or lower GlobalBatch.");
        if (shape.Samples > int.MaxValue)
            throw new DataException($"The dataset has {shape.Samples:N0} images, more than {int.MaxValue:N0}. Split it.");
        _shape = shape;
        _permutation = new KeyedPermutation(shape.Samples, shape.Seed, 0);
    }

    /// <param name="step">From 0.</param>
    /// <param name="microbatch">0 to M - 1.</param>
    /// <param name="indexInMicrobatch">0 to B - 1.</param>
    public SamplePosition SampleAt(long step, int microbatch, int indexInMicrobatch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)microbatch, (uint)_shape.Microbatches, nameof(microbatch));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)indexInMicrobatch, (uint)_shape.MicrobatchSize, nameof(indexInMicrobatch));
        var (epoch, stepInEpoch) = Math.DivRem(step, _shape.StepsPerEpoch);
        if (epoch != _epoch) (_permutation, _epoch) = (new KeyedPermutation(_shape.Samples, _shape.Seed, epoch), epoch);
        var position = stepInEpoch * _shape.GlobalBatch + microbatch * (long)_shape.MicrobatchSize + indexInMicrobatch;
        return new SamplePosition(epoch, (int)_permutation.At(position));
    }
}
