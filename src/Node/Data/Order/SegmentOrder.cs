namespace Lockstep.Node.Data.Order;

/// <summary>
/// Deals an epoch's microbatches to segments of its line, as one deals cards to M players: the line is cut into M segments,
/// microbatch c of the epoch belongs to segment c mod M and is the (c / M)-th of it. So each microbatch of a step reads on
/// in a segment of its own, and a step mixes M places of the line. A bijection on [0, count).
/// </summary>
/// <param name="count">Samples of the epoch.</param>
/// <param name="size">B, samples a microbatch.</param>
/// <param name="segments">M. Their lengths differ by one microbatch at most.</param>
public readonly struct SegmentOrder(long count, int size, int segments)
{
    private readonly long _whole = count / size;

    /// <summary>Position on the line of the q-th sample that the epoch takes.</summary>
    public long At(long q)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(q);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(q, count);
        var (chunk, within) = Math.DivRem(q, size);
        if (chunk == _whole) return q; // less than a microbatch is left: it stays at the end
        var (row, segment) = Math.DivRem(chunk, segments);
        var (each, longer) = Math.DivRem(_whole, segments);
        var first = segment * each + Math.Min(segment, longer);
        return (first + row) * size + within;
    }
}
