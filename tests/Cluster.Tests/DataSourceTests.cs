using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>The law, for data: wherever the bytes of an image come from, the weights are the same.</summary>
public sealed class DataSourceTests(DataSourceTests.Reference reference) : IClassFixture<DataSourceTests.Reference>
{
    private const int Killed = 17;

    /// <summary>Ways to the same images. CACHE stands for a folder of the test's own.</summary>
    public static TheoryData<string, string[]> Sources => new()
    {
        { "folder", [] },
        { "memory", ["Data:Cache=memory", "Data:CacheMiB=1"] },
        { "disk", ["Data:Cache=disk", "Data:CacheMiB=1", "Data:CacheFolder=CACHE"] },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public Task Train_OneAndTwoNodes_KilledAndResumed_SameDigests(string source, string[] settings) => CompareAsync(source, settings, [1, 2]);

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Sources))]
    public Task Train_ThreeAndFourNodes_KilledAndResumed_SameDigests(string source, string[] settings) => CompareAsync(source, settings, [3, 4]);

    private async Task CompareAsync(string source, string[] settings, int[] worlds)
    {
        var samples = reference.Samples;
        foreach (var nodes in worlds)
        {
            var folder = Path.Combine(samples.Folder, $"{source}-{nodes}");
            string[] command = TinyRun.Train(samples, folder, nodes, [.. settings.Select(s => s.Replace("CACHE", Path.Combine(samples.Folder, $"cache-{nodes}"), StringComparison.Ordinal))]);
            using (var tool = Tool.Start(samples.Folder, command))
            {
                await TinyRun.ReachesAsync(folder, Killed, tool);
                tool.KillTree();
                await tool.ExitAsync();
            }
            var before = MetricsLog.Read(folder).Count;
            Assert.InRange(before, Killed, TinyRun.Steps - 1);
            var (exit, output) = await Tool.RunAsync(samples.Folder, command);
            Assert.True(exit == 0, output);
            Assert.True(reference.Digests.SequenceEqual(TinyRun.Digests(folder)), $"{source}, {nodes} nodes: other digests");

            var resumed = MetricsLog.Read(folder).Skip(before).ToList();
            var (images, hits) = (resumed.Sum(line => line.Data["images"]), resumed.Sum(line => line.Data["cache_hits"]));
            Assert.True(images > 0);
            if (source == "folder") Assert.Equal(0, hits);
            if (source == "disk") Assert.InRange(hits, 1, images); // what the killed processes had stored
        }
    }

    /// <summary>One node, from the folder, undisturbed.</summary>
    public sealed class Reference : IAsyncLifetime
    {
        internal SampleFolder Samples { get; } = new();

        internal IReadOnlyList<string> Digests { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            await Samples.InitializeAsync();
            var folder = Path.Combine(Samples.Folder, "reference");
            var (exit, output) = await Tool.RunAsync(Samples.Folder, TinyRun.Train(Samples, folder, 1));
            Assert.True(exit == 0, output);
            Digests = TinyRun.Digests(folder);
            Assert.Equal(TinyRun.Steps, Digests.Distinct().Count());
        }

        public ValueTask DisposeAsync() => Samples.DisposeAsync();
    }
}
