using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Tests.Flows;

public sealed class FlowNetworkTests
{
    [Fact]
    public void Send_OneMessage_TakesItsBytesAndOneLatency()
    {
        var network = new FlowNetwork(bandwidth: 100, latency: 0.5);
        var stream = network.AddStream(network.AddLink(), 1, network.AddLink(), 1);
        network.Send(stream, 200, network.At(1));
        Assert.Equal(3.5, network.Run(), 9);
    }

    [Fact]
    public void Send_SecondMessageOfAStream_FollowsTheFirstWithoutWaitingForItsArrival()
    {
        var network = new FlowNetwork(100, 0.5);
        var stream = network.AddStream(network.AddLink(), 1, network.AddLink(), 1);
        var start = network.At(0);
        var (first, second) = (network.Send(stream, 100, start), network.Send(stream, 100, start));
        network.Run();
        Assert.Equal((1.5, 2.5), (network.TimeOf(first), network.TimeOf(second)));
    }

    [Fact]
    public void Send_LaterMessageThatIsReady_WaitsForTheOneBeforeIt()
    {
        var network = new FlowNetwork(100, 0);
        var stream = network.AddStream(network.AddLink(), 1, network.AddLink(), 1);
        network.Send(stream, 100, network.At(5));
        var second = network.Send(stream, 100, network.At(0));
        network.Run();
        Assert.Equal(7, network.TimeOf(second), 9);
    }

    [Fact]
    public void Send_TwoStreamsOfUnequalLength_ShareUntilTheShorterEnds()
    {
        var network = new FlowNetwork(100, 0);
        var up = network.AddLink();
        var start = network.At(0);
        var @short = network.Send(network.AddStream(up, 1, network.AddLink(), 1), 100, start);
        var @long = network.Send(network.AddStream(up, 1, network.AddLink(), 1), 300, start);
        network.Run();
        Assert.Equal(2, network.TimeOf(@short), 9);
        Assert.Equal(4, network.TimeOf(@long), 9);
    }

    [Fact]
    public void Send_UpAndDownOfOneNode_DoNotShare()
    {
        var network = new FlowNetwork(100, 0);
        var (upA, downA, upB, downB) = (network.AddLink(), network.AddLink(), network.AddLink(), network.AddLink());
        network.Send(network.AddStream(upA, 1, downB, 1), 100, network.At(0));
        network.Send(network.AddStream(upB, 1, downA, 1), 100, network.At(0));
        Assert.Equal(1, network.Run(), 9);
    }

    [Fact]
    public void Run_LateAndOnAFastLine_EndsThoughTheClockCannotTellTheBytes()
    {
        var network = new FlowNetwork(1e12, 0);
        var (up, start) = (network.AddLink(), network.At(1000));
        for (var i = 0; i < 3; i++) network.Send(network.AddStream(up, 1, network.AddLink(), 1), 1e5 * (i + 1) / 3, start);
        Assert.Equal(1000, network.Run(), 6);
    }
}
