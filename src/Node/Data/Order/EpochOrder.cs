using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Data.Order;

/// <summary>How an epoch goes through the samples: what the recipe and the source together make of Data:Order.</summary>
public sealed class EpochOrder
{
    private EpochOrder(IReadOnlyList<long> shardStarts, int shuffleShards) => (ShardStarts, ShuffleShards) = (shardStarts, shuffleShards);

    /// <summary>Any sample may follow any other.</summary>
    public static EpochOrder Permutation { get; } = new([], 0);

    /// <summary>First sample of each shard, ascending from 0; empty when shards play no part.</summary>
    public IReadOnlyList<long> ShardStarts { get; }

    /// <summary>Shards that a shuffle window spans, at most.</summary>
    public int ShuffleShards { get; }

    /// <summary>True when the order goes shard by shard.</summary>
    public bool FollowsShards => ShardStarts.Count > 0;

    /// <summary>Shard by shard, shuffled within windows of several.</summary>
    public static EpochOrder Shards(IReadOnlyList<long> starts, int shuffleShards)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentOutOfRangeException.ThrowIfZero(starts.Count, nameof(starts));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shuffleShards);
        return new(starts, shuffleShards);
    }

    /// <summary>The order that a recipe wants of a source; "auto" follows shards where there is more than one.</summary>
    public static EpochOrder Of(DataOptions options, ISampleSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(source);
        if (options.Order == "permutation") return Permutation;
        var starts = options.ShardSamples > 0 ? Cut(source.Count, options.ShardSamples) : source.ShardStarts;
        return options.Order == "shards" || starts.Count > 1 ? Shards(starts, options.ShuffleShards) : Permutation;
    }

    /// <summary>
    /// What nodes must agree on and a checkpoint keeps: the source's fingerprint and, when the order follows shards, where
    /// they begin.
    /// </summary>
    /// <param name="fingerprint">The source's.</param>
    public string DatasetHash(string fingerprint)
    {
        if (!FollowsShards) return fingerprint;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(fingerprint));
        foreach (var start in ShardStarts) hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{start}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>For a message: images are read ...</summary>
    public override string ToString() => FollowsShards
        ? string.Create(CultureInfo.InvariantCulture, $"by shards ({ShardStarts.Count:N0} of them, shuffled {Math.Min(ShuffleShards, ShardStarts.Count):N0} at a time)")
        : "permuted";

    private static long[] Cut(int samples, int each)
    {
        var starts = new long[(samples + (long)each - 1) / each];
        for (var shard = 0; shard < starts.Length; shard++) starts[shard] = (long)shard * each;
        return starts;
    }
}
