using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>The reduce-scatter and all-gather of one step, played through.</summary>
public static class Exchange
{
    /// <summary>Seconds from the step's begin until every node holds the whole sum.</summary>
    /// <param name="group">TwoLevel: members a group.</param>
    /// <param name="groupBlocks">TwoLevel: partial sums that a group's owner sends of a slice.</param>
    /// <param name="batched">TwoLevel: one message for all roots' parts within a group.</param>
    public static double Finish(Reducer reducer, ExchangeShape shape, int group = 1, int groupBlocks = 1, bool batched = false)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var network = new FlowNetwork(shape.Link.Bandwidth, shape.Link.LatencySeconds, shape.Link.SharedBandwidth);
        foreach (var node in shape.Nodes) network.At(node.Gradient.BackwardEnd); // no node is done before it has computed
        switch (reducer)
        {
            case Reducer.Hub: HubExchange.Build(network, shape); break;
            case Reducer.Direct: DirectExchange.Build(network, shape); break;
            case Reducer.TwoLevel: TwoLevelExchange.Build(network, shape, group, groupBlocks, batched); break;
            case Reducer.Ring: RingExchange.Build(network, shape); break;
            default: throw new ArgumentOutOfRangeException(nameof(reducer), reducer, "no such reducer");
        }
        return network.Run();
    }
}
