namespace Lockstep.Cluster.Tests.Chaos;

[Collection(ChaosCollection.Name)]
public sealed class ChaosClusterTests(ChaosTruth truth)
{
    private const int Steps = 150;

    [Fact, Trait("Category", "Long")]
    public async Task QuietRunOfTwo_EndsWithTheDigestsOfOne()
    {
        var expected = await truth.DigestsAsync(Steps);
        await using var cluster = new ChaosCluster(Options("quiet-two"));
        await cluster.StartAsync();
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        await cluster.WaitForEndAsync(TimeSpan.FromMinutes(2));
        Assert.True(cluster.BadExits().Count == 0, cluster.Describe());
        Assert.Equal(expected, TinyRun.Digests(cluster.RunFolder));
        Assert.True(watch.Last is { CommittedSteps: > 0, TotalSteps: Steps }, $"last status: {watch.Last}");
        Assert.Empty(watch.Violations);
        Assert.True(cluster.Members[0].Proxy.Connections + cluster.Members[1].Proxy.Connections == 0, "nodes that have ended hold no connection");
    }

    [Fact]
    public async Task Dispose_NothingOutlivesIt_StoppedProcessesNeither()
    {
        var cluster = new ChaosCluster(Options("dispose"));
        await cluster.StartAsync();
        cluster.Members[0].Process!.Halt();
        int[] ids = [cluster.Coordinator.Id, .. cluster.Members.Select(m => m.Process!.Id)];
        Assert.All(ids, id => Assert.True(Directory.Exists($"/proc/{id}")));
        await cluster.DisposeAsync();
        Assert.All(ids, id => Assert.False(Directory.Exists($"/proc/{id}")));
    }

    private ChaosOptions Options(string name) => truth.Options(name, nodes: 2, guests: 0, Steps) with { Journal = false };
}
