using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Tests.Exchanges;

/// <summary>Without faults and jitter, the formulas of docs/simulate.md, to one percent.</summary>
public sealed class ClosedFormTests
{
    private const double G = Shapes.Gradient, B = Shapes.Bandwidth;

    [Theory]
    [InlineData(2, 50e-6)]
    [InlineData(8, 0.01)]
    [InlineData(1000, 50e-6)]
    public void Ring_TakesItsTextbookTime(int n, double latency)
    {
        var shape = Shapes.Classes(n, latency: latency);
        AssertClose(2 * (n - 1.0) / n * G / B + 2 * (n - 1) * latency, Exchange.Finish(Reducer.Ring, shape));
    }

    [Theory]
    [InlineData(2, 50e-6, 1 << 20)]
    [InlineData(8, 50e-6, 1 << 20)]
    [InlineData(8, 0.05, 1 << 20)]
    [InlineData(8, 0.02, 1 << 24)]
    [InlineData(10_000, 50e-6, 1 << 20)]
    [InlineData(10_000, 0.1, 1 << 20)]
    public void Direct_TakesTwoHopsOverlappedBySlices(int n, double latency, double slice)
    {
        var x = (n - 1.0) / n * G / B;
        var rounds = Math.Ceiling(G / n / slice);
        var expected = Math.Max(2 * x, x + x / rounds + latency) + latency;
        AssertClose(expected, Exchange.Finish(Reducer.Direct, Shapes.Classes(n, slice, latency)));
    }

    [Fact]
    public void Direct_MessagesThatCost_AddTheirNumberTimesTheCost()
    {
        const int n = 2000;
        const double cost = 20e-6, latency = 50e-6;
        var expected = 2 * (n - 1) * (G / n / B + cost) + 2 * latency;
        AssertClose(expected, Exchange.Finish(Reducer.Direct, Shapes.Classes(n, latency: latency, message: cost)));
    }

    [Theory]
    [InlineData(Reducer.Hub, 4, 2 * 4)]
    [InlineData(Reducer.Direct, 4, 2 * 3)]
    [InlineData(Reducer.Ring, 4, 2 * 3)]
    [InlineData(Reducer.Direct, 1000, 2 * 999)]
    public void SharedBandwidthOfOneLine_TakesAllBytesOneAfterTheOther(Reducer reducer, int n, int gradients) =>
        AssertClose(gradients * G / B, Exchange.Finish(reducer, Shapes.Classes(n, latency: 1e-6, shared: B)));

    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(4, 1 << 20)]
    [InlineData(4, 1 << 26)]
    [InlineData(500, 1 << 20)]
    public void Hub_TakesNGradientsEachWayAtTheHub(int n, double slice)
    {
        const double latency = 0.003;
        var (x, slices) = (n * G / B, Math.Ceiling(G / slice));
        AssertClose(x + x / slices + 2 * latency, Exchange.Finish(Reducer.Hub, Shapes.Classes(n, slice, latency)));
    }

    [Theory]
    [InlineData(16, 4, 50e-6)]
    [InlineData(64, 8, 0.01)]
    [InlineData(10_000, 100, 0.01)]
    public void TwoLevel_OneSliceAnOwner_TakesFourHopsOneAfterTheOther(int n, int group, double latency)
    {
        var shape = Shapes.Classes(n, sliceBytes: G, latency: latency);
        AssertClose(2 * (n - 1.0) / n * G / B + 4 * latency, Exchange.Finish(Reducer.TwoLevel, shape, group));
    }

    [Theory]
    [InlineData(16, 4)]
    [InlineData(64, 8)]
    [InlineData(10_000, 100)]
    public void TwoLevel_SmallSlices_IsFasterThanHopsInTurn_AndNoFasterThanTheLine(int n, int group)
    {
        const double latency = 0.001;
        var line = 2 * (n - 1.0) / n * G / B;
        var finish = Exchange.Finish(Reducer.TwoLevel, Shapes.Classes(n, 1 << 18, latency), group, batched: n > 100);
        Assert.InRange(finish, (line + latency) * (1 - 1e-9), line + 4 * latency);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoLevel_MessagesThatCost_AreFewerOnlyWhenBatched(bool batched)
    {
        const int n = 10_000, group = 100, groups = 100;
        const double cost = 20e-6;
        var messages = batched ? 2 * (group - 1) * Math.Ceiling(G / group / (1 << 20)) + 2 * (groups - 1) * Math.Ceiling(G / group / (1 << 20)) : 2 * (n - 1);
        var shape = Shapes.Classes(n, latency: 0, message: cost);
        AssertClose(2 * (n - 1.0) / n * G / B + messages * cost, Exchange.Finish(Reducer.TwoLevel, shape, group, 1, batched));
    }

    [Fact]
    public void TwoLevel_OneGroup_IsDirect()
    {
        var shape = Shapes.Classes(8, 1 << 20);
        AssertClose(Exchange.Finish(Reducer.Direct, shape), Exchange.Finish(Reducer.TwoLevel, shape, group: 8));
    }

    [Fact]
    public void Direct_TwoPartialSums_DoubleTheWayToTheOwners()
    {
        const int n = 8;
        var x = (n - 1.0) / n * G / B;
        AssertClose(3 * x, Exchange.Finish(Reducer.Direct, Shapes.Classes(n, blocks: 2)));
    }

    private static void AssertClose(double expected, double actual) => Assert.InRange(actual / expected, 0.99, 1.01);
}
