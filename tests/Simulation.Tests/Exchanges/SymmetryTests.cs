using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Tests.Exchanges;

/// <summary>Classes of equals give what the simulation of every single node gives.</summary>
public sealed class SymmetryTests
{
    private static readonly GradientReady Early = new(0.01, 0.09, 0.3), Late = new(0.05, 0.14, 0.3);

    [Theory]
    [InlineData(Reducer.Hub, 2)]
    [InlineData(Reducer.Hub, 7)]
    [InlineData(Reducer.Direct, 2)]
    [InlineData(Reducer.Direct, 7)]
    [InlineData(Reducer.Direct, 12)]
    [InlineData(Reducer.Ring, 7)]
    public void Equals_AsOneClassOrEachForItself_TakeTheSameTime(Reducer reducer, int nodes)
    {
        var shape = Shapes.Classes(nodes, 1 << 22, message: 20e-6);
        AssertSame(Exchange.Finish(reducer, shape.Single()), Exchange.Finish(reducer, shape));
    }

    [Theory]
    [InlineData(4, 2, false)]
    [InlineData(12, 3, false)]
    [InlineData(12, 4, true)]
    public void TwoLevel_AsOneClassOrEachForItself_TakesTheSameTime(int nodes, int group, bool batched)
    {
        var shape = Shapes.Classes(nodes, 1 << 22, latency: 0.002, message: 20e-6);
        AssertSame(Exchange.Finish(Reducer.TwoLevel, shape.Single(), group, 2, batched), Exchange.Finish(Reducer.TwoLevel, shape, group, 2, batched));
    }

    [Theory]
    [InlineData(Reducer.Hub)]
    [InlineData(Reducer.Direct)]
    public void TwoKindsOfNodes_AsTwoClassesOrEachForItself_TakeTheSameTime(Reducer reducer)
    {
        var shape = Shapes.Classes(1, 1 << 22, message: 20e-6) with { Nodes = [new(4, 1, Early), new(3, 2, Late)] };
        AssertSame(Exchange.Finish(reducer, shape.Single()), Exchange.Finish(reducer, shape));
    }

    [Theory]
    [InlineData(Reducer.Hub, 6)]
    [InlineData(Reducer.Direct, 7)]
    [InlineData(Reducer.TwoLevel, 12)]
    [InlineData(Reducer.Ring, 7)]
    public void SharedBandwidth_AsOneClassOrEachForItself_TakesTheSameTime(Reducer reducer, int nodes)
    {
        var shape = Shapes.Classes(nodes, 1 << 22, shared: 1.5 * Shapes.Bandwidth);
        AssertSame(Exchange.Finish(reducer, shape.Single(), 3), Exchange.Finish(reducer, shape, 3));
    }

    [Fact]
    public void OrderOfNodes_ChangesNothing()
    {
        var shape = Shapes.Classes(1, 1 << 22) with { Nodes = [new(1, 1, Early), new(1, 2, Late), new(1, 1, Late), new(1, 3, Early)] };
        AssertSame(Exchange.Finish(Reducer.Direct, shape with { Nodes = [.. shape.Nodes.Reverse()] }), Exchange.Finish(Reducer.Direct, shape));
    }

    [Theory]
    [InlineData(Reducer.Hub)]
    [InlineData(Reducer.Direct)]
    [InlineData(Reducer.TwoLevel)]
    [InlineData(Reducer.Ring)]
    public void Nobody_IsDoneBeforeItHasComputed(Reducer reducer)
    {
        var shape = Shapes.Classes(1) with { Nodes = [new(1, 1, GradientReady.AllAt(3))] };
        Assert.InRange(Exchange.Finish(reducer, shape), 3, 4);
    }

    private static void AssertSame(double expected, double actual) => Assert.InRange(actual / expected, 1 - 1e-6, 1 + 1e-6);
}
