using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>
/// The reducer `hub`: the coordinator, on a line of its own, receives every node's partial sums of a slice, adds them and
/// sends the sum to every node, slice after slice.
/// </summary>
internal static class HubExchange
{
    public static void Build(FlowNetwork network, ExchangeShape shape)
    {
        var hub = NodeLines.Add(network);
        var (slices, nodes) = (shape.SlicesOf(1), shape.Nodes);
        var bytes = shape.GradientBytes / slices;
        var lines = nodes.Select(_ => NodeLines.Add(network)).ToArray();
        var toHub = nodes.Select((c, i) => network.AddStream(lines[i].Up, 1, hub.Down, c.Count, c.Count)).ToArray();
        var fromHub = nodes.Select((c, i) => network.AddStream(hub.Up, c.Count, lines[i].Down, 1, c.Count)).ToArray();
        for (var slice = 0; slice < slices; slice++)
        {
            var share = (slice + 1.0) / slices;
            var sum = network.All([.. nodes.Select((c, i) => network.Send(toHub[i], shape.Link.Cost(bytes, c.Blocks), network.At(c.Gradient.TimeOf(share))))]);
            foreach (var stream in fromHub) network.Send(stream, shape.Link.Cost(bytes), sum);
        }
    }
}
