namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>A node of a cluster over all its starts.</summary>
/// <param name="port">On which it listens, at every start.</param>
internal sealed class ChaosMember(int number, FaultProxy proxy, int port)
{
    public int Number => number;

    public string Name => $"node-{number}";

    /// <summary>Its way to the coordinator.</summary>
    public FaultProxy Proxy => proxy;

    /// <summary>Where it listens.</summary>
    public string Listen { get; } = $"http://127.0.0.1:{port}";

    /// <summary>The way of other nodes to it.</summary>
    public FaultProxy Door { get; } = FaultProxy.Start(port);

    /// <summary>Its last start; null before the first.</summary>
    public ChaosProcess? Process { get; set; }
}
