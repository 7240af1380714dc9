using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Tests.Flows;

public sealed class FairSharesTests
{
    [Fact]
    public void Divide_FlowHeldBackElsewhere_LeavesItsShareToTheOthers()
    {
        var shares = new FairShares();
        var (narrow, other, a, b, wide) = (shares.AddLink(1), shares.AddLink(9), shares.AddLink(9), shares.AddLink(9), shares.AddLink(2));
        Flow[] flows = [new(new(narrow, 1, a, 1)), new(new(narrow, 1, wide, 1)), new(new(other, 1, wide, 1)), new(new(other, 1, b, 1))];
        shares.Divide(flows);
        Assert.Equal([0.5, 0.5, 1.5, 7.5], flows.Select(f => f.Rate));
    }

    [Fact]
    public void Divide_Copies_TakeTheirNumberOfShares()
    {
        var shares = new FairShares();
        var (up, down, far) = (shares.AddLink(12), shares.AddLink(100), shares.AddLink(100));
        Flow[] flows = [new(new(up, 3, down, 3)), new(new(up, 1, far, 1))];
        shares.Divide(flows);
        Assert.Equal([3.0, 3.0], flows.Select(f => f.Rate));
    }
}
