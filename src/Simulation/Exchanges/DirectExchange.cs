using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>
/// The reducer `direct`: every node owns 1/n of the slices, receives all partial sums of them, adds, and sends the sums to
/// all. In rounds of one slice an owner, each round as soon as it is final.
/// </summary>
internal static class DirectExchange
{
    public static void Build(FlowNetwork network, ExchangeShape shape)
    {
        var (nodes, count) = (shape.Nodes, shape.Count);
        var rounds = shape.SlicesOf(count);
        var bytes = shape.GradientBytes / count / rounds;
        var lines = nodes.Select(_ => NodeLines.Add(network)).ToArray();
        var scatter = Streams(network, lines, nodes);
        var gather = Streams(network, lines, nodes);
        for (var round = 0; round < rounds; round++)
        {
            var final = nodes.Select(c => network.At(c.Gradient.TimeOf((round + 1.0) / rounds))).ToArray();
            for (var owner = 0; owner < nodes.Count; owner++)
            {
                var parts = new List<int> { final[owner] };
                for (var from = 0; from < nodes.Count; from++)
                {
                    if (scatter[from, owner] is { } stream) parts.Add(network.Send(stream, shape.Link.Cost(bytes, nodes[from].Blocks), final[from]));
                }
                var sum = network.All(parts);
                for (var to = 0; to < nodes.Count; to++)
                {
                    if (gather[owner, to] is { } stream) network.Send(stream, shape.Link.Cost(bytes), sum);
                }
            }
        }
    }

    private static int?[,] Streams(FlowNetwork network, NodeLines[] lines, IReadOnlyList<NodeClass> nodes)
    {
        var streams = new int?[nodes.Count, nodes.Count];
        for (var from = 0; from < nodes.Count; from++)
        {
            for (var to = 0; to < nodes.Count; to++)
                streams[from, to] = NodeLines.Between(network, lines[from], nodes[from].Count, lines[to], nodes[to].Count, from == to);
        }
        return streams;
    }
}
