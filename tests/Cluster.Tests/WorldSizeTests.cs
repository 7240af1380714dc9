namespace Lockstep.Cluster.Tests;

/// <summary>The law, with real processes: the result does not depend on how many nodes computed it.</summary>
public sealed class WorldSizeTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task Train_OneToFourNodes_SameDigestAtEveryStep()
    {
        var digests = new Dictionary<int, IReadOnlyList<string>>();
        foreach (var nodes in new[] { 1, 2, 3, 4 })
        {
            var folder = Path.Combine(samples.Folder, $"nodes-{nodes}");
            var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes));
            Assert.True(exit == 0, output);
            digests[nodes] = TinyRun.Digests(folder);
            Assert.Equal(TinyRun.Steps, digests[nodes].Count);
        }
        Assert.Equal(TinyRun.Steps, digests[1].Distinct().Count()); // every step changes the state
        Assert.Equal(digests[1], digests[2]);
        Assert.Equal(digests[1], digests[3]);
        Assert.Equal(digests[1], digests[4]);
    }

    [Fact]
    public async Task Train_AnotherSeed_OtherDigests()
    {
        var (first, second) = (Path.Combine(samples.Folder, "seed-7"), Path.Combine(samples.Folder, "seed-8"));
        await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, first, 2, "Run:Steps=2"));
        await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, second, 2, "Run:Steps=2", "Run:Seed=8"));
        Assert.Equal(2, TinyRun.Digests(first).Count);
        Assert.Equal(2, TinyRun.Digests(second).Count);
        Assert.Empty(TinyRun.Digests(first).Intersect(TinyRun.Digests(second)));
    }

    [Fact]
    public async Task Train_LanesAndWorkers_SameDigests()
    {
        var (one, three) = (Path.Combine(samples.Folder, "lanes-1"), Path.Combine(samples.Folder, "lanes-3"));
        await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, one, 1, "Run:Steps=6", "Node:Lanes=1", "Data:Workers=1"));
        await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, three, 1, "Run:Steps=6", "Node:Lanes=3", "Data:Workers=3"));
        Assert.Equal(6, TinyRun.Digests(one).Count);
        Assert.Equal(TinyRun.Digests(one), TinyRun.Digests(three));
    }
}
