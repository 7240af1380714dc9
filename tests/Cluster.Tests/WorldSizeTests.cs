using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>The law, with real processes: the result does not depend on how many nodes computed it.</summary>
public sealed class WorldSizeTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task Train_OneToFourNodes_SameDigestAtEveryStep()
    {
        foreach (var nodes in new[] { 2, 3, 4 })
        {
            var folder = Path.Combine(samples.Folder, $"nodes-{nodes}");
            await RunAsync(folder, nodes);
            Assert.True((await samples.Quiet.DigestsAsync()).SequenceEqual(TinyRun.Digests(folder)), $"{nodes} nodes: other digests than one node");
        }
    }

    // Two nodes sum in the hub, three and four directly, in one level.
    [Fact, Trait("Category", "Long")]
    public Task Train_FiveNodes_TwoLevels_SameDigestsAsOneNode() => CompareFiveAsync("direct", 2);

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("hub", 0)]
    [InlineData("direct", 0)]
    [InlineData("direct", 3)]
    public Task Train_FiveNodes_OtherWaysToSum_SameDigestsAsOneNode(string reducer, int groupSize) => CompareFiveAsync(reducer, groupSize);

    private async Task CompareFiveAsync(string reducer, int groupSize)
    {
        var folder = Path.Combine(samples.Folder, $"five-{reducer}-{groupSize}");
        await RunAsync(folder, 5, $"Cluster:Reducer={reducer}", $"Cluster:GroupSize={groupSize}");
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("hub", 0)]
    [InlineData("direct", 0)]
    [InlineData("direct", 3)]
    public async Task Train_OneToEightAndSixteenNodes_FiftySteps_SameDigests(string reducer, int groupSize)
    {
        string[] settings = ["Run:Steps=50", "Run:Microbatches=16", "Node:Lanes=1"];
        var one = Path.Combine(samples.Folder, $"fifty-{reducer}-{groupSize}-1");
        await RunAsync(one, 1, settings);
        Assert.Equal(50, TinyRun.Digests(one).Distinct().Count());
        foreach (var nodes in new[] { 2, 3, 4, 5, 6, 7, 8, 16 })
        {
            var folder = Path.Combine(samples.Folder, $"fifty-{reducer}-{groupSize}-{nodes}");
            await RunAsync(folder, nodes, [.. settings, $"Cluster:Reducer={reducer}", $"Cluster:GroupSize={groupSize}"]);
            Assert.True(TinyRun.Digests(one).SequenceEqual(TinyRun.Digests(folder)), $"{nodes} nodes, {reducer}, groups of {groupSize}: other digests than one node");
        }
    }

    // 160 images in 23 shards, 6.67 steps an epoch: two epochs end in the middle of a step.
    [Fact, Trait("Category", "Long")]
    public async Task Train_ByShardsCarryingTheLastBatch_SameDigestsOnEveryWorld()
    {
        string[] settings = ["Run:GlobalBatch=24", "Run:Steps=0", "Run:Epochs=2.5", "Data:Order=shards", "Data:ShardSamples=7", "Data:ShuffleShards=3", "Data:LastBatch=carry"];
        var (one, three, permuted) = (Path.Combine(samples.Folder, "shards-1"), Path.Combine(samples.Folder, "shards-3"), Path.Combine(samples.Folder, "permuted"));
        await RunAsync(one, 1, settings);
        await RunAsync(three, 3, settings);
        await RunAsync(permuted, 1, [.. settings, "Data:Order=permutation"]);
        Assert.Equal(16, TinyRun.Digests(one).Count); // floor(2.5 x 160 / 24)
        Assert.Equal(TinyRun.Digests(one), TinyRun.Digests(three));
        Assert.NotEqual(TinyRun.Digests(one)[0], TinyRun.Digests(permuted)[0]);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Train_AnotherSeed_OtherDigests()
    {
        var second = Path.Combine(samples.Folder, "seed-8");
        await RunAsync(second, 2, "Run:Seed=8");
        Assert.Equal(TinyRun.Steps, TinyRun.Digests(second).Count);
        Assert.Empty((await samples.Quiet.DigestsAsync()).Intersect(TinyRun.Digests(second)));
    }

    [Fact]
    public async Task Train_LanesAndWorkers_SameDigests()
    {
        var folder = Path.Combine(samples.Folder, "lanes-3");
        await RunAsync(folder, 1, "Node:Lanes=3", "Data:Workers=3");
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    // What a run is watched by is part of the law as well: 4 windows of 8 steps for K = 64 and 2 x 16 rows.
    [Fact, Trait("Category", "Long")]
    public async Task Train_ThreeNodes_TheSameReportedValuesAsOneNode()
    {
        var (one, three) = (Path.Combine(samples.Folder, "values-1"), Path.Combine(samples.Folder, "values-3"));
        await samples.Quiet.CopyRunToAsync(one);
        await RunAsync(three, 3);
        var (lines, others) = (MetricsLog.Read(one), MetricsLog.Read(three));
        Assert.All(lines.Zip(others), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        Assert.Equal([8, 16, 24], lines.Where(line => line.Values.ContainsKey("dead_prototypes")).Select(line => line.Step - line.Step % 8).Distinct());
        Assert.All(lines, line => Assert.InRange(line.Values["prototype_entropy"], line.Values["teacher_entropy"] - 1e-5, Math.Log(64) + 1e-5));
    }

    private async Task RunAsync(string folder, int nodes, params string[] overrides)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes, overrides));
        Assert.True(exit == 0, output);
    }
}
