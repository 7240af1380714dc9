using Lockstep.Protos.Curves;
using Xunit;

namespace Lockstep.Coordinator.Tests.Status;

public sealed class StepHistoryTests
{
    [Fact]
    public void Add_FewSamples_KeepsThemAsTheyAre()
    {
        var history = new StepHistory(8);
        for (var step = 1; step <= 7; step++) history.Add(new(step, step * 0.5, 10));

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], history.Points.Select(p => p.Step));
        Assert.Equal([0.5, 1, 1.5, 2, 2.5, 3, 3.5], history.Points.Select(p => p.Loss));
    }

    [Fact]
    public void Add_MoreThanFit_NeighboursBecomeTheirMean()
    {
        var history = new StepHistory(4);
        for (var step = 1; step <= 9; step++) history.Add(new(step, step, step * 10));

        // 1..4 became two means, 5..8 two more, which made (1..4) and (5..8); 9 is open.
        Assert.Equal([new(4, 2.5, 25), new(8, 6.5, 65), new(9, 9, 90)], history.Points);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Add_AnyNumber_StaysBoundedAndCoversTheRun(int samples)
    {
        var history = new StepHistory(64);
        for (var step = 1; step <= samples; step++) history.Add(new(step, 1.0 / step, 5));

        Assert.InRange(history.Points.Length, 32, 65);
        Assert.Equal(samples, history.Points[^1].Step);
        Assert.Equal(history.Points.Select(p => p.Step).Order(), history.Points.Select(p => p.Step));
        Assert.All(history.Points, point => Assert.Equal(5, point.ImagesPerSecond, 9));
    }
}
