using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Tests.Exchanges;

/// <summary>Exchanges of nodes that are all ready at once.</summary>
internal static class Shapes
{
    public const double Gradient = 180e6, Bandwidth = 25e9 / 8;

    /// <summary>All nodes as one class.</summary>
    public static ExchangeShape Classes(int nodes, double sliceBytes = 1 << 20, double latency = 50e-6, double message = 0, int blocks = 1, double shared = double.PositiveInfinity) =>
        new([new NodeClass(nodes, blocks, GradientReady.AllAt(0))], Gradient, sliceBytes, new(Bandwidth, latency, message) { SharedBandwidth = shared });

    /// <summary>The same with every node for itself: the whole event simulation.</summary>
    public static ExchangeShape Single(this ExchangeShape shape) =>
        shape with { Nodes = [.. shape.Nodes.SelectMany(c => Enumerable.Repeat(c with { Count = 1 }, c.Count))] };
}
