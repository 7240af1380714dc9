using Lockstep.Simulation.Exchanges;
using Lockstep.Simulation.Steps;

namespace Lockstep.Simulation.Tests.Steps;

public sealed class StepModelTests
{
    private static readonly SimulationSettings Busy = TestSettings.Small with { GradientBytes = 400e6, Link = new(1e9, 1e-4, 20e-6), Reducer = null };

    [Theory]
    [InlineData(1, 64, 1)]
    [InlineData(4, 16, 1)]
    [InlineData(5, 13, 5)]
    [InlineData(48, 2, 1)]
    [InlineData(64, 1, 1)]
    public void Work_IsCutAsTheCoordinatorCutsIt(int nodes, int microbatches, int blocks)
    {
        var step = new StepModel(TestSettings.Small).Of(nodes);
        Assert.Equal((microbatches, blocks), (step.MostMicrobatches, step.MostBlocks));
        Assert.Equal(microbatches, step.Compute, 9);
    }

    [Theory]
    [InlineData(4_999)]
    [InlineData(10_000)]
    public void Work_OfLargeClusters_IsAllGivenOnce(int nodes)
    {
        var ranges = new WorkSplit(16_384, nodes).Ranges;
        Assert.Equal(nodes, ranges.Length);
        Assert.Equal(16_384, ranges.Sum(r => r.Count));
        Assert.All(ranges.Skip(1).Zip(ranges), pair => Assert.Equal(pair.Second.End, pair.First.First));
        Assert.InRange(ranges.Max(r => r.Count) - ranges.Min(r => r.Count), 0, 1);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Reducer.Hub)]
    [InlineData(Reducer.Direct)]
    [InlineData(Reducer.TwoLevel)]
    public void MoreBandwidth_IsNeverSlower(Reducer? reducer)
    {
        foreach (var nodes in new[] { 1, 2, 3, 6, 16, 50, 64 })
        {
            foreach (double? overlap in new double?[] { null, 0.2, 1 })
            {
                var times = new[] { 1e8, 3e8, 1e9, 1.1e9, 4e9, 1e11 }.Select(b => new StepModel(Busy with { Reducer = reducer, HalfFinalShare = overlap, Link = Busy.Link with { Bandwidth = b } }).Of(nodes).Total).ToList();
                Assert.All(times.Skip(1).Zip(times), pair => Assert.True(pair.First <= pair.Second * (1 + 1e-9), $"{nodes} nodes: {string.Join(" ", times)}"));
            }
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(50)]
    public void MoreLatencyOrCostAMessage_IsNeverFaster(int nodes)
    {
        var plain = new StepModel(Busy).Of(nodes).Total;
        Assert.True(new StepModel(Busy with { Link = Busy.Link with { LatencySeconds = 0.01 } }).Of(nodes).Total > plain);
        Assert.True(new StepModel(Busy with { Link = Busy.Link with { MessageSeconds = 1e-3 } }).Of(nodes).Total > plain);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    public void Overlap_HidesSomeOfTheExchange_ButNotTheLastSlice(int nodes)
    {
        var settings = Busy with { Reducer = Reducer.Direct };
        var apart = new StepModel(settings).Of(nodes);
        var together = new StepModel(settings with { HalfFinalShare = 0.5 }).Of(nodes);
        Assert.InRange(together.Exposed, 1e-3, 0.8 * apart.Exposed);
        Assert.Equal(apart.Exchange, together.Exchange, 9);
    }

    [Fact]
    public void Overlap_GradientThatIsFinalEarlier_HidesMore()
    {
        double Exposed(double half) => new StepModel(Busy with { HalfFinalShare = half, Reducer = Reducer.Direct }).Of(4).Exposed;
        Assert.True(Exposed(0.2) <= Exposed(0.9));
        Assert.True(Exposed(0.9) < new StepModel(Busy with { Reducer = Reducer.Direct }).Of(4).Exposed);
    }

    [Fact]
    public void Auto_IsTheFastestOfTheThree()
    {
        foreach (var nodes in new[] { 1, 2, 8, 64 })
        {
            var auto = new StepModel(Busy).Of(nodes).Total;
            Assert.Equal(auto, new[] { Reducer.Hub, Reducer.Direct, Reducer.TwoLevel }.Min(r => new StepModel(Busy with { Reducer = r }).Of(nodes).Total), 12);
        }
    }

    [Fact]
    public void Jitter_MakesTheSlowestNodeSlower_AndTheMeanWorkNoMore()
    {
        var settings = TestSettings.Small with { Jitter = 0.2, Steps = 400 };
        Assert.InRange(new StepModel(settings).Of(1).Compute, 63.5, 64.5);
        Assert.InRange(new StepModel(settings).Of(64).Compute, 1.4, 1.7); // the largest of 64: about 2.4 deviations above
    }

    [Fact]
    public void Jitter_EveryNodeForItself_IsCloseToTheSlowestNodeAndThenTheExchange()
    {
        var settings = Busy with { Reducer = Reducer.Direct, Jitter = 0.1 };
        var single = new StepModel(settings).Of(8);
        var classes = new StepModel(settings with { Jitter = 0 }).Of(8);
        Assert.NotEqual(single.Exposed, classes.Exposed);
        Assert.InRange((single.Compute + single.Exposed) / (single.Compute + classes.Exposed), 0.95, 1.001);
    }
}
