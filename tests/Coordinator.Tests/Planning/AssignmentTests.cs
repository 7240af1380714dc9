using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class AssignmentTests
{
    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    [InlineData(8, 8)]
    [InlineData(16, 5)]
    [InlineData(32, 9)]
    [InlineData(1024, 333)]
    public void Ranges_AnyCluster_CoverAllMicrobatchesInOrderAndEvenly(int microbatches, int nodes)
    {
        var ranges = Assignment.Ranges(microbatches, nodes);

        Assert.Equal(nodes, ranges.Length);
        Assert.Equal(Enumerable.Range(0, microbatches), ranges.SelectMany(r => Enumerable.Range(r.First, r.Count)));
        Assert.InRange(ranges.Max(r => r.Count) - ranges.Min(r => r.Count), 0, 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(16)]
    public void Ranges_PowerOfTwoNodes_AreOneBlockEach(int nodes) =>
        Assert.All(Assignment.Ranges(16, nodes), range => Assert.True(range.IsAligned));

    [Fact]
    public void Ranges_ThreeNodes_HaveAsFewBlocksAsAnyEvenCut() =>
        Assert.Equal(5, Assignment.Ranges(8, 3).Sum(range => DyadicBlocks.Cover(range.First, range.Count).Count));

    [Fact]
    public void Ranges_OfManySizes_HaveAsFewBlocksAsTheBestOfAllEvenCuts()
    {
        for (var nodes = 1; nodes <= 10; nodes++)
        {
            for (var microbatches = nodes; microbatches <= 32; microbatches++)
            {
                var best = EvenCuts(microbatches, nodes).MinBy(cut => Blocks(cut));
                Assert.Equal(best, Assignment.Ranges(microbatches, nodes)); // the first of the best, larger ranges first
            }
        }
    }

    [Fact]
    public void Ranges_OfNodesThatDiffer_AreTheShortestStepOfAllCuts()
    {
        var random = new Random(17);
        for (var round = 0; round < 300; round++)
        {
            var nodes = random.Next(1, 6);
            var microbatches = random.Next(nodes, 17);
            var seconds = Enumerable.Range(0, nodes).Select(_ => random.Next(3) == 0 ? random.Next(1, 4) : 0.1 + 5 * random.NextDouble()).ToArray();

            var ranges = Assignment.Ranges(microbatches, seconds);

            Assert.Equal(nodes, ranges.Length);
            Assert.Equal(Enumerable.Range(0, microbatches), ranges.SelectMany(r => Enumerable.Range(r.First, r.Count)));
            Assert.All(ranges, range => Assert.True(range.Count > 0));
            Assert.Equal(Cuts(microbatches, nodes).Min(cut => Longest(cut, seconds)), Longest(ranges, seconds));
        }
    }

    [Fact]
    public void Ranges_EqualSpeeds_AreThoseOfEqualNodes()
    {
        foreach (var (microbatches, nodes) in new[] { (8, 3), (16, 5), (64, 7), (64, 64), (1024, 333), (4096, 1000) })
            Assert.Equal(Assignment.Ranges(microbatches, nodes), Assignment.Ranges(microbatches, [.. Enumerable.Repeat(0.3, nodes)]));
    }

    [Fact]
    public void Ranges_OneNodeTwiceAsSlow_GetsHalf() =>
        Assert.Equal([new(0, 4), new(4, 4), new(8, 2), new(10, 4)], Assignment.Ranges(14, [1, 1, 2, 1]));

    [Fact]
    public void Ranges_OneNodeHopelesslySlow_GetsOneAndTheOthersShareEvenly() =>
        Assert.Equal([5, 1, 5, 5], Assignment.Ranges(16, [1, 1000, 1, 1]).Select(range => range.Count));

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(2731)]
    public void Ranges_OfTheLargestCluster_CoverAllMicrobatches(int nodes)
    {
        var random = new Random(nodes);
        var seconds = Enumerable.Range(0, nodes).Select(_ => 1 + random.NextDouble()).ToArray();

        Assert.Equal(65_536, Assignment.Ranges(65_536, nodes).Sum(range => range.Count));
        Assert.Equal(65_536, Assignment.Ranges(65_536, seconds).Sum(range => range.Count));
    }

    [Fact]
    public void Ranges_MoreNodesThanMicrobatchesOrNoSpeed_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.Ranges(2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.Ranges(2, [1, 1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.Ranges(2, [1, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.Ranges(2, [double.NaN, 1]));
    }

    private static int Blocks(IEnumerable<MicrobatchBlock> ranges) => ranges.Sum(range => DyadicBlocks.Cover(range.First, range.Count).Count);

    private static double Longest(IReadOnlyList<MicrobatchBlock> ranges, double[] seconds) => ranges.Select((range, i) => range.Count * seconds[i]).Max();

    // All cuts in order, larger first ranges before smaller ones.
    private static IEnumerable<MicrobatchBlock[]> Cuts(int microbatches, int nodes, int first = 0)
    {
        if (nodes == 1) return [[new(first, microbatches - first)]];
        return Enumerable.Range(1, microbatches - first - nodes + 1).Reverse().SelectMany(count =>
            Cuts(microbatches, nodes - 1, first + count).Select(rest => (MicrobatchBlock[])[new(first, count), .. rest]));
    }

    private static IEnumerable<MicrobatchBlock[]> EvenCuts(int microbatches, int nodes)
    {
        var (size, larger) = Math.DivRem(microbatches, nodes);
        return Cut(0, nodes, larger);

        IEnumerable<MicrobatchBlock[]> Cut(int first, int left, int extra)
        {
            if (left == 0) return [[]];
            return new[] { 1, 0 }.Where(e => e <= extra && extra - e <= left - 1).SelectMany(e =>
                Cut(first + size + e, left - 1, extra - e).Select(rest => (MicrobatchBlock[])[new(first, size + e), .. rest]));
        }
    }
}
