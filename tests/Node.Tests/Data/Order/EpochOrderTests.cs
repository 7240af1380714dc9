using Lockstep.Node.Data.Order;
using Lockstep.Node.Recipes;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

public sealed class EpochOrderTests
{
    private static readonly MemorySource s_folder = new(10), s_shards = new(10) { ShardStarts = [0, 4, 7] };

    [Theory]
    [InlineData("auto", 0, new long[] { }, new long[] { 0, 4, 7 })]
    [InlineData("auto", 5, new long[] { 0, 5 }, new long[] { 0, 5 })]
    [InlineData("auto", 10, new long[] { }, new long[] { })] // all in one
    [InlineData("shards", 0, new long[] { 0 }, new long[] { 0, 4, 7 })]
    [InlineData("shards", 4, new long[] { 0, 4, 8 }, new long[] { 0, 4, 8 })]
    [InlineData("permutation", 5, new long[] { }, new long[] { })]
    [InlineData("permutation", 0, new long[] { }, new long[] { })]
    public void Of_RecipeAndSource_IsResolved(string wanted, int shardSamples, long[] ofAFolder, long[] ofShards)
    {
        var options = new DataOptions { Order = wanted, ShardSamples = shardSamples, ShuffleShards = 2 };
        foreach (var (source, starts) in new[] { (s_folder, ofAFolder), (s_shards, ofShards) })
        {
            var order = EpochOrder.Of(options, source);
            Assert.Equal(starts, order.ShardStarts);
            Assert.Equal(starts.Length > 0, order.FollowsShards);
            if (order.FollowsShards) Assert.Equal(2, order.ShuffleShards);
        }
    }

    [Fact]
    public void DatasetHash_Permutation_IsTheSourcesFingerprint() => Assert.Equal("fingerprint", EpochOrder.Permutation.DatasetHash("fingerprint"));

    // Nodes with the same files in other shards would train on other steps: their hashes differ.
    [Fact]
    public void DatasetHash_Shards_DependsOnFilesAndShards()
    {
        var hash = EpochOrder.Shards([0, 4, 7], 2).DatasetHash("fingerprint");
        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, EpochOrder.Shards([0, 4, 7], 2).DatasetHash("fingerprint"));
        Assert.NotEqual(hash, EpochOrder.Shards([0, 4, 8], 2).DatasetHash("fingerprint"));
        Assert.NotEqual(hash, EpochOrder.Shards([0, 47], 2).DatasetHash("fingerprint"));
        Assert.NotEqual(hash, EpochOrder.Shards([0, 4, 7], 2).DatasetHash("other"));
    }

    [Fact]
    public void Shards_None_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => EpochOrder.Shards([], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => EpochOrder.Shards([0], 0));
    }
}
