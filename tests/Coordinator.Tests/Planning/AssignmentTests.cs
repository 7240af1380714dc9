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
}
