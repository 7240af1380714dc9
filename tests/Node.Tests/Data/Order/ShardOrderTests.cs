using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

public sealed class ShardOrderTests
{
    private static readonly long[] s_starts = [0, 10, 10, 11, 30, 45, 45, 60, 61, 80, 103]; // two and the last are empty

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(1000)]
    public void At_EveryPosition_IsABijection(int shuffleShards)
    {
        var order = new ShardOrder(s_starts, 103, shuffleShards, seed: 4);
        for (var epoch = 0; epoch < 5; epoch++) Assert.Equal(Enumerable.Range(0, 103).Select(i => (long)i), Line(order, epoch).Order());
    }

    [Fact]
    public void At_SamplesOfAShard_StayInOneWindow()
    {
        long[] starts = [.. Enumerable.Range(0, 20).Select(shard => shard * 10L)];
        var line = Line(new ShardOrder(starts, 200, shuffleShards: 3, seed: 1), epoch: 7).ToArray(); // 7 windows of 2 or 3 shards
        foreach (var shard in Enumerable.Range(0, 20))
        {
            var places = Enumerable.Range(0, 200).Where(place => line[place] / 10 == shard).ToArray();
            Assert.InRange(places[^1] - places[0], 10, 29); // mixed with others, and near
        }
        Assert.NotEqual(line.Order(), line);
    }

    // A last window of one shard would hardly be mixed.
    [Fact]
    public void At_ShardsThatTheWindowDoesNotDivide_WindowsAreEqualToOneShard()
    {
        long[] starts = [.. Enumerable.Range(0, 9).Select(shard => shard * 10L)];
        var order = new ShardOrder(starts, 90, shuffleShards: 8, seed: 1);
        Assert.Equal(2, order.Windows);
        Assert.Equal(4, Line(order, 0).Take(40).Select(sample => sample / 10).Distinct().Count());
        Assert.Equal(5, Line(order, 0).Skip(40).Select(sample => sample / 10).Distinct().Count());
    }

    [Fact]
    public void At_OtherEpochOrSeed_IsAnotherOrderOfShardsAndSamples()
    {
        var first = Line(new ShardOrder(s_starts, 103, 1, seed: 4), 0).ToArray();
        Assert.NotEqual(first, Line(new ShardOrder(s_starts, 103, 1, seed: 4), 1));
        Assert.NotEqual(first, Line(new ShardOrder(s_starts, 103, 1, seed: 5), 0));
        Assert.NotEqual(Shards(first), Shards([.. Line(new ShardOrder(s_starts, 103, 1, seed: 4), 1)]));

        static IEnumerable<int> Shards(long[] line) => line.Select(sample => Array.FindLastIndex(s_starts, start => start <= sample)).Distinct();
    }

    // Two windows of one epoch do not repeat each other's permutation.
    [Fact]
    public void At_WindowsOfEqualSize_ArePermutedDifferently()
    {
        long[] starts = [0, 50, 100, 150];
        var windows = Line(new ShardOrder(starts, 200, 1, seed: 2), 0).Select(sample => sample % 50).Chunk(50).ToArray();
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < i; j++) Assert.NotEqual(windows[i], windows[j]);
    }

    [Fact]
    public void At_BackToAnEarlierEpoch_IsTheSame()
    {
        var order = new ShardOrder(s_starts, 103, 3, seed: 4);
        var first = Line(order, 0).ToArray();
        Assert.NotEqual(first, Line(order, 3));
        Assert.Equal(first, Line(order, 0));
    }

    [Fact]
    public void Construct_StartsThatAreNoShards_Throws()
    {
        Assert.Throws<ArgumentException>(() => new ShardOrder([], 10, 1, 0));
        Assert.Throws<ArgumentException>(() => new ShardOrder([1, 5], 10, 1, 0));
        Assert.Throws<ArgumentException>(() => new ShardOrder([0, 6, 5], 10, 1, 0));
        Assert.Throws<ArgumentException>(() => new ShardOrder([0, 11], 10, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShardOrder([0], 10, 0, 0));
    }

    private static IEnumerable<long> Line(ShardOrder order, long epoch) => Enumerable.Range(0, (int)order.Samples).Select(position => order.At(epoch, position));
}
