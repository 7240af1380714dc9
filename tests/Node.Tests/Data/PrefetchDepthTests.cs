using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Tests.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class PrefetchDepthTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(16, 512, 16, 2)] // the number is the smaller one
    [InlineData(16, 10, 10, 2)] // the budget is
    [InlineData(4, 512, 9, 8)] // neither lets every lane have one: a lane more than both
    public void For_NumberAndBudget_TakesTheSmallerButOneALaneAndOneMore(int atMost, int budgetMiB, int depth, int lanes) =>
        Assert.Equal(new PrefetchDepth(depth, null), PrefetchDepth.For(atMost, budgetMiB, MiB, lanes));

    [Fact]
    public void For_MethodWithoutViews_TakesTheNumber() => Assert.Equal(new PrefetchDepth(16, null), PrefetchDepth.For(16, 1, 0, lanes: 2));

    [Fact]
    public void For_BudgetBelowOneALane_IsExceededWithAWarningThatNamesTheRemedy()
    {
        var depth = PrefetchDepth.For(16, 30, (long)(15.9 * MiB), lanes: 2);
        Assert.Equal(3, depth.Microbatches);
        Assert.Contains("holds 1 microbatches of 15.9 MiB", depth.Warning, StringComparison.Ordinal);
        Assert.Contains("Set Data:PrefetchMiB=48", depth.Warning, StringComparison.Ordinal);
        Assert.Null(PrefetchDepth.For(16, 48, (long)(15.9 * MiB), lanes: 2).Warning);
    }

    [Fact]
    public void BytesOf_Views_AreThoseOfTheBuffers()
    {
        var shape = new RunShape(Seed: 1, Samples: 64, GlobalBatch: 16, Microbatches: 4, TotalSteps: 1);
        ViewSpec[] views = [Views.Global(16), Views.Global(16), Views.Local(8)];
        Assert.Equal(4 * 3 * (16 * 16 * 2 + 8 * 8) * 4, PrefetchDepth.BytesOf(shape, views));
    }
}
