namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>A node of a cluster over all its starts.</summary>
internal sealed class ChaosMember(int number, FaultProxy proxy)
{
    public int Number => number;

    public string Name => $"node-{number}";

    /// <summary>Its way to the coordinator.</summary>
    public FaultProxy Proxy => proxy;

    /// <summary>Its last start; null before the first.</summary>
    public ChaosProcess? Process { get; set; }
}
