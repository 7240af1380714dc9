using Lockstep.Models.Chance;

namespace Lockstep.Node.Data.Order;

/// <summary>
/// An epoch's line of samples in which those of a shard are never far apart. The shards stand one after the other in an
/// order keyed by (seed, epoch); the line is cut into windows of equally many shards (to one), and inside a window the
/// samples are permuted, keyed by (seed, epoch, window). Its table, two numbers a shard, is made anew for each epoch asked
/// for. Not thread-safe.
/// </summary>
public sealed class ShardOrder
{
    private readonly ulong _seed;
    private readonly IReadOnlyList<long> _starts;
    private readonly int[] _shards;
    private readonly long[] _line;
    private long _epoch = -1;

    /// <param name="starts">First sample of each shard, ascending from 0.</param>
    /// <param name="count">Samples of all shards.</param>
    /// <param name="shuffleShards">Shards a window, at most.</param>
    /// <param name="seed">The run's seed.</param>
    public ShardOrder(IReadOnlyList<long> starts, long count, int shuffleShards, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shuffleShards);
        if (starts.Count == 0 || starts[0] != 0) throw new ArgumentException("The first shard must begin with sample 0.", nameof(starts));
        for (var shard = 0; shard < starts.Count; shard++)
            if (starts[shard] > LimitOf(shard, starts, count)) throw new ArgumentException($"Shard {shard} begins with sample {starts[shard]}, after its end.", nameof(starts));
        (_starts, Samples, _seed) = (starts, count, seed);
        Windows = (starts.Count + shuffleShards - 1) / shuffleShards;
        (_shards, _line) = (new int[starts.Count], new long[starts.Count + 1]);
    }

    /// <summary>Samples of all shards.</summary>
    public long Samples { get; }

    /// <summary>Shuffle windows an epoch.</summary>
    public int Windows { get; }

    /// <summary>The sample at a position of an epoch's line.</summary>
    public long At(long epoch, long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Samples);
        if (epoch != _epoch) Turn(epoch);
        var window = WindowOf(PlaceAt(position));
        var (begin, end) = (_line[FirstPlaceOf(window)], _line[FirstPlaceOf(window + 1)]);
        var mixed = begin + new KeyedPermutation(end - begin, _seed, epoch, ChanceDomain.ShuffleWindow, window).At(position - begin);
        var place = PlaceAt(mixed);
        return _starts[_shards[place]] + (mixed - _line[place]);
    }

    private void Turn(long epoch)
    {
        var shards = new KeyedPermutation(_shards.Length, _seed, epoch, ChanceDomain.Shards);
        for (var place = 0; place < _shards.Length; place++)
        {
            var shard = (int)shards.At(place);
            _shards[place] = shard;
            _line[place + 1] = _line[place] + LimitOf(shard, _starts, Samples) - _starts[shard];
        }
        _epoch = epoch;
    }

    // Of K shards, window w takes the places from floor(w K / W), so that none is left with a rest too small to mix.
    private int FirstPlaceOf(int window) => (int)((long)window * _shards.Length / Windows);

    private int WindowOf(int place) => (int)(((place + 1L) * Windows - 1) / _shards.Length);

    // The last shard on the line that begins at or before a position; of empty ones there, the one after them.
    private int PlaceAt(long position)
    {
        var (low, high) = (0, _shards.Length);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (_line[middle] <= position) low = middle;
            else high = middle;
        }
        return low;
    }

    private static long LimitOf(int shard, IReadOnlyList<long> starts, long count) => shard + 1 < starts.Count ? starts[shard + 1] : count;
}
