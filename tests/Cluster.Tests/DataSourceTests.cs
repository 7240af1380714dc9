using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>The law, for data: wherever the bytes of an image come from, the weights are the same.</summary>
public sealed class DataSourceTests(DataSourceTests.PackedSamples packed) : IClassFixture<DataSourceTests.PackedSamples>
{
    private const int Killed = 17;

    /// <summary>Ways to the same images. CACHE stands for a folder of the test's own, SHARDS for the images packed.</summary>
    public static TheoryData<string, string[]> Sources => new()
    {
        { "folder", [] },
        { "memory", ["Data:Cache=memory", "Data:CacheMiB=1"] },
        { "disk", ["Data:Cache=disk", "Data:CacheMiB=1", "Data:CacheFolder=CACHE"] },
        { "shards", ["Data:Train=SHARDS", "Data:Order=permutation"] },
    };

    [Fact, Trait("Category", "Long")] // a folder: ResumeTests
    public Task Train_TwoNodesOnShards_KilledAndResumedOnOne_SameDigests() => CompareAsync("shards", Sources.Single(row => row.Data.Item1 == "shards").Data.Item2, 2, 1);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Sources))]
    public Task Train_FourNodes_KilledAndResumedOnThree_SameDigests(string source, string[] settings) => CompareAsync(source, settings, 4, 3);

    private async Task CompareAsync(string source, string[] settings, int nodes, int nodesAfter)
    {
        var samples = packed.Samples;
        var quiet = await samples.Quiet.DigestsAsync();
        var folder = Path.Combine(samples.Folder, $"{source}-{nodes}");
        string[] own = [.. settings.Select(s => s.Replace("CACHE", Path.Combine(samples.Folder, $"cache-{nodes}"), StringComparison.Ordinal).Replace("SHARDS", packed.Shards, StringComparison.Ordinal))];
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, nodes, own)))
        {
            await TinyRun.ReachesAsync(folder, Killed, tool);
            tool.KillTree();
            await tool.ExitAsync();
        }
        Assert.Equal(quiet.Take(Killed), TinyRun.Digests(folder).Take(Killed));

        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodesAfter, own));
        Assert.True(exit == 0, output);
        Assert.Equal(quiet, TinyRun.Digests(folder));

        var resumed = MetricsLog.Read(folder).Skip(Killed).ToList();
        var (images, hits) = (resumed.Sum(line => line.Data["images"]), resumed.Sum(line => line.Data["cache_hits"]));
        Assert.True(images > 0);
        if (source == "folder") Assert.Equal(0, hits);
        if (source == "disk") Assert.InRange(hits, 1, images); // what the killed processes had stored
    }

    /// <summary>The images packed into shards.</summary>
    public sealed class PackedSamples(QuietRun quiet) : IAsyncLifetime
    {
        internal SampleFolder Samples { get; } = new(quiet);

        internal string Shards => Path.Combine(Samples.Folder, "shards");

        public async ValueTask InitializeAsync()
        {
            await Samples.InitializeAsync();
            var (exit, output) = await Tool.RunAsync(Samples.Folder, "data", "pack", Samples.Train, Shards, "--samples-per-shard", "50");
            Assert.True(exit == 0, output);
        }

        public ValueTask DisposeAsync() => Samples.DisposeAsync();
    }
}
