namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>Tests that want the machine for themselves, one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChaosCollection : ICollectionFixture<ChaosTruth>
{
    public const string Name = "chaos";
}
