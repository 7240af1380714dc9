using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>
/// The ring all-reduce of the literature (Patarasuk and Yuan 2009), which Lockstep does not use: it adds in an order that
/// depends on the number of nodes. Here to check the simulation: 2(n-1) turns of G/n each.
/// </summary>
internal static class RingExchange
{
    /// <remarks>The nodes are one class, or every class is one node.</remarks>
    public static void Build(FlowNetwork network, ExchangeShape shape)
    {
        var (nodes, count) = (shape.Nodes, shape.Count);
        if (nodes.Count != 1 && nodes.Count != count) throw new ArgumentException("A ring is of one class of nodes or of single nodes.", nameof(shape));
        var lines = nodes.Select(_ => NodeLines.Add(network)).ToArray();
        var streams = nodes.Select((c, i) => network.AddStream(lines[i].Up, 1, lines[(i + 1) % nodes.Count].Down, 1, c.Count)).ToArray();
        var held = nodes.Select(c => network.At(c.Gradient.BackwardEnd)).ToArray();
        for (var turn = 0; turn < 2 * (count - 1); turn++)
        {
            var arrivals = nodes.Select((_, i) => network.Send(streams[i], shape.Link.Cost(shape.GradientBytes / count), held[i])).ToArray();
            held = [.. nodes.Select((_, i) => arrivals[(i + nodes.Count - 1) % nodes.Count]).Select((arrival, i) => network.All([arrival, held[i]]))];
        }
    }
}
