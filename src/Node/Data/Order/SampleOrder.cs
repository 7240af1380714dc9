using Lockstep.Models;

namespace Lockstep.Node.Data.Order;

/// <summary>
/// Which sample is where: the whole state of the data is the step. The run takes images one after the other, image
/// p = step * G + microbatch * B + row; image p is the q-th of its epoch (with drop an epoch has floor(N / G) * G images,
/// with carry N), and q is the position in the epoch's permutation, or, by way of <see cref="SegmentOrder"/>, on its
/// <see cref="ShardOrder"/>. Not thread-safe: one a worker, which then allocates nothing.
/// </summary>
public sealed class SampleOrder
{
    private readonly RunShape _shape;
    private readonly ShardOrder? _shards;
    private readonly SegmentOrder _segments;
    private KeyedPermutation _permutation;
    private long _epoch;

    /// <param name="shape">Numbers of the run.</param>
    /// <param name="order">How an epoch goes through the samples.</param>
    /// <exception cref="DataException">The dataset is smaller than one step or too large to number.</exception>
    public SampleOrder(RunShape shape, EpochOrder order)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(order);
        if (shape.Samples < shape.GlobalBatch)
            throw new DataException($"The dataset has {shape.Samples} images, fewer than one step takes (GlobalBatch {shape.GlobalBatch}). Add images or lower GlobalBatch.");
        if (shape.Samples > int.MaxValue)
            throw new DataException($"The dataset has {shape.Samples:N0} images, more than {int.MaxValue:N0}. Split it.");
        _shape = shape;
        _permutation = new KeyedPermutation(shape.Samples, shape.Seed, 0);
        _segments = new SegmentOrder(shape.Samples, shape.MicrobatchSize, shape.Microbatches);
        if (order.FollowsShards) _shards = new ShardOrder(order.ShardStarts, shape.Samples, order.ShuffleShards, shape.Seed);
    }

    /// <param name="step">From 0.</param>
    /// <param name="microbatch">0 to M - 1.</param>
    /// <param name="row">Place in the microbatch, 0 to B - 1.</param>
    public SamplePosition SampleAt(long step, int microbatch, int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)microbatch, (uint)_shape.Microbatches, nameof(microbatch));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)_shape.MicrobatchSize, nameof(row));
        var (epoch, q) = PlaceOf(step, microbatch * (long)_shape.MicrobatchSize + row);
        return new SamplePosition(epoch, (int)(_shards is null ? PermutationOf(epoch).At(q) : _shards.At(epoch, _segments.At(q))));
    }

    private (long Epoch, long Q) PlaceOf(long step, long inStep)
    {
        if (_shape.LastBatch == LastBatch.Carry) return Math.DivRem(step * _shape.GlobalBatch + inStep, _shape.Samples);
        var (epoch, stepInEpoch) = Math.DivRem(step, _shape.StepsPerEpoch);
        return (epoch, stepInEpoch * _shape.GlobalBatch + inStep);
    }

    private KeyedPermutation PermutationOf(long epoch)
    {
        if (epoch != _epoch) (_permutation, _epoch) = (new KeyedPermutation(_shape.Samples, _shape.Seed, epoch), epoch);
        return _permutation;
    }
}
