using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>The lines of a class of nodes, one standing for all of the class.</summary>
internal readonly record struct NodeLines(int Up, int Down)
{
    public static NodeLines Add(FlowNetwork network) => new(network.AddLink(), network.AddLink());

    /// <summary>
    /// Streams from every node of one class to every node of another (or of the same: to all but itself). Null when there are none.
    /// Of such pairs of classes there are <paramref name="alike"/>.
    /// </summary>
    public static int? Between(FlowNetwork network, NodeLines from, int fromCount, NodeLines to, int toCount, bool same, int alike = 1)
    {
        var (receivers, senders) = same ? (toCount - 1, fromCount - 1) : (toCount, fromCount);
        return receivers <= 0 || senders <= 0 ? null : network.AddStream(from.Up, receivers, to.Down, senders, (long)alike * fromCount * receivers);
    }
}
