namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>What a <see cref="ChaosCluster"/> is made of.</summary>
internal sealed record ChaosOptions
{
    /// <summary>For the run folder, the journal and the logs.</summary>
    public required string Folder { get; init; }

    /// <summary>Recipe file.</summary>
    public required string Recipe { get; init; }

    /// <summary>Folder of training images.</summary>
    public required string Train { get; init; }

    /// <summary>Nodes that the coordinator waits for.</summary>
    public required int Nodes { get; init; }

    /// <summary>Further nodes that may join later.</summary>
    public int Guests { get; init; }

    /// <summary>Whether the coordinator keeps a journal.</summary>
    public bool Journal { get; init; } = true;

    /// <summary>Whether proxies stand between each node and the coordinator, and before the door of each node; without, lines cannot be hurt, and nothing but the network delays what travels on them.</summary>
    public bool Proxies { get; init; } = true;

    /// <summary>Further variables in the environment of all processes.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Settings of the recipe that decide the result: the same for all.</summary>
    public IReadOnlyList<string> Deciding { private get; init; } = [];

    /// <summary>Settings of the coordinator's section.</summary>
    public IReadOnlyList<string> Cluster { private get; init; } = [];

    /// <summary>Settings of the nodes' sections.</summary>
    public IReadOnlyList<string> Node { private get; init; } = [];

    public IReadOnlyList<string> OfCoordinator => [.. Deciding, .. Cluster];

    public IReadOnlyList<string> OfNodes => [.. Deciding, .. Node];
}
