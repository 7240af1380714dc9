using System.Globalization;
using System.Text.RegularExpressions;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;
using Lockstep.Node.Images;
using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>Storage that goes away, comes back, is slow, or holds broken files, under a run of real processes.</summary>
public sealed partial class StorageTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    private const int Interrupt = 2;

    [Fact, Trait("Category", "Long")]
    public async Task MountGoesAndComesBack_TheRunWaitsAndGoesOn_SameDigests()
    {
        var (folder, images) = Begin("back");
        using var tool = Tool.Start(samples.Folder, Train(folder, images, "Data:ReadRetrySeconds=120"));
        await GoneAsync(folder, images, tool);
        Directory.Move(images + ".away", images);
        Assert.True(await tool.ExitAsync() == 0, tool.Output);

        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        var log = await LogAsync(folder);
        var outages = Occurrences(log, "retried for 120 s (Data:ReadRetrySeconds), then the node stops");
        Assert.InRange(outages, 1, 2); // once a node; one that has read ahead may not notice
        Assert.Equal(outages, Occurrences(log, "images can be read again"));
        Assert.DoesNotContain("was lost", log, StringComparison.Ordinal); // their heartbeats went on: nobody was given up
    }

    [Fact, Trait("Category", "Long")]
    public async Task MountStaysAway_TheRunStopsWithItsName_AndResumesOnceItIsBack()
    {
        var (folder, images) = Begin("away");
        using (var tool = Tool.Start(samples.Folder, Train(folder, images, "Data:ReadRetrySeconds=2")))
        {
            await GoneAsync(folder, images, tool);
            Assert.True(await tool.ExitAsync() == 1, tool.Output);
            Assert.Contains($"cannot be read: '{images}' is gone; it was retried for 2 s", tool.Output, StringComparison.Ordinal);
            Assert.Contains("Mount it again", tool.Output, StringComparison.Ordinal);
        }
        var committed = TinyRun.Digests(folder).Count;
        Assert.Equal(committed, new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Step); // nothing committed is lost

        Directory.Move(images + ".away", images);
        var (exit, output) = await Tool.RunAsync(samples.Folder, Train(folder, images));
        Assert.True(exit == 0, output);
        Assert.Contains($"resuming at step {committed}", output, StringComparison.Ordinal);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Fact]
    public async Task MountIsAway_InterruptedByTheUser_EndsAtOnce()
    {
        var (folder, images) = Begin("interrupted");
        using var tool = Tool.Start(samples.Folder, Train(folder, images, "Data:ReadRetrySeconds=3600"));
        await GoneAsync(folder, images, tool);
        tool.Signal(Interrupt);
        Assert.NotEqual(0, await tool.ExitAsync(TimeSpan.FromSeconds(60))); // not after an hour
        Assert.Equal(TinyRun.Digests(folder).Count, new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Step);
    }

    [Fact, Trait("Category", "Long")]
    public async Task MountHangs_TheRunStopsWithItsName_AndResumesOnceItIsBack()
    {
        var packed = Path.Combine(samples.Folder, "hanging");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "data", "pack", samples.Train, packed, "--samples-per-shard", "20");
        Assert.True(exit == 0, output);
        var folder = Path.Combine(samples.Folder, "run-hanging");
        string[] train = TinyRun.Train(samples, folder, 2, $"Data:Train={packed}", "Data:Order=permutation", "Data:ReadRetrySeconds=2");
        using (var lease = FileLease.Take(Path.Combine(packed, "shard-000005.tar")))
        {
            if (lease is null) Assert.Skip("no file can be made to hang here");
            using var tool = Tool.Start(samples.Folder, train);
            Assert.True(await tool.ExitAsync() == 1, tool.Output); // though threads of its nodes hang in the system
            Assert.Matches($@"in '{Regex.Escape(packed)}' is being read and nothing comes: the storage hangs; it was waited for 1\d(\.\d)? s \(Data:ReadRetrySeconds=2\)\. Check the disk or the mount\.", tool.Output);
        }
        var log = await LogAsync(folder);
        Assert.InRange(Occurrences(log, "the storage hangs; waited for 10 s (Data:ReadRetrySeconds), then the node stops"), 1, 2);
        Assert.DoesNotContain("stuck", log, StringComparison.Ordinal); // the nodes said what they waited for

        (exit, output) = await Tool.RunAsync(samples.Folder, train);
        Assert.True(exit == 0, output);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Fact, Trait("Category", "Long")]
    public async Task MountOfTheWatchedImagesHangs_TheRunEndsWithoutThem_SameDigests()
    {
        var packed = Path.Combine(samples.Folder, "watched");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "data", "pack", samples.Test, packed, "--samples-per-shard", "20");
        Assert.True(exit == 0, output);
        var folder = Path.Combine(samples.Folder, "run-watched");
        using (var lease = FileLease.Take(Path.Combine(packed, "shard-000001.tar")))
        {
            if (lease is null) Assert.Skip("no file can be made to hang here");
            (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, 1, "Watch:KnnEveryEpochs=1", $"Watch:Test={packed}", "Data:ReadRetrySeconds=2"));
            Assert.True(exit == 0, output); // though a thread of it hangs in the system
        }
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        Assert.Equal(1, Occurrences(await LogAsync(folder), "is left behind: its images are being read and nothing comes, the storage hangs"));
    }

    [Fact, Trait("Category", "Long")]
    public async Task SlowImages_ShowAsDataWait_InMetricsAndProgress()
    {
        const int Side = 2000;
        var images = Directory.CreateDirectory(Path.Combine(samples.Folder, "large")).FullName;
        var pixels = new byte[Side * Side * 3];
        new Random(1).NextBytes(pixels);
        var file = JpegEncoder.EncodeRgb(pixels, Side, Side, 50);
        for (var i = 0; i < 16; i++) await File.WriteAllBytesAsync(Path.Combine(images, $"{i}.jpg"), file);
        var folder = Path.Combine(samples.Folder, "slow");
        // One worker decodes four million pixels for every image of 32 x 32 that a lane computes.
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(
            samples, folder, 1, $"Data:Train={images}", "Run:Steps=6", "Data:Workers=1", "Node:Lanes=1"));
        Assert.True(exit == 0, output);

        var steps = MetricsLog.Read(folder).Skip(2).ToList(); // the first steps compile
        Assert.True(steps.Average(step => step.DataWaitShare) > 0.5, string.Join(' ', steps.Select(step => step.DataWaitShare)));
        Assert.True(steps.Sum(step => step.Seconds["load"]) > steps.Sum(step => step.Seconds["compute"]));
        var shown = DataWait().Matches(output).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.NotEmpty(shown); // what status says
        Assert.True(shown[^1] > 10, output); // of the last steps, the slow first ones among them
    }

    [Fact, Trait("Category", "Long")]
    public async Task BrokenFiles_AreListedOnceInTheRunFolder_AcrossNodesAndAResume()
    {
        var (folder, images) = Begin("listed");
        var broken = Directory.EnumerateFiles(images, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % 20 == 3).ToList();
        foreach (var file in broken) await File.WriteAllTextAsync(file, "this is no picture");
        using (var tool = Tool.Start(samples.Folder, Train(folder, images)))
        {
            await TinyRun.ReachesAsync(folder, 14, tool);
            tool.KillTree();
            await tool.ExitAsync();
        }
        var (exit, output) = await Tool.RunAsync(samples.Folder, Train(folder, images));
        Assert.True(exit == 0, output);

        var lists = Directory.GetFiles(Path.Combine(folder, BrokenList.FolderName), "node-*.tsv").Select(File.ReadAllLines).ToList();
        Assert.All(lists, lines => Assert.Equal("name\treason", lines[0]));
        var expected = broken.Select(file => $"{Path.GetRelativePath(images, file)}\tnot a JPEG, PNG or WebP");
        Assert.Equal(expected, lists.SelectMany(lines => lines.Skip(1)).Order(StringComparer.Ordinal));
        Assert.Equal(broken.Count, Occurrences(await LogAsync(folder), "broken image "));
        Assert.True(MetricsLog.Read(folder).Sum(line => line.Data["replaced"]) > 0);
    }

    [GeneratedRegex(@"data wait ([0-9.]+) %")]
    private static partial Regex DataWait();

    private static async Task<string> LogAsync(string folder) => await File.ReadAllTextAsync(Path.Combine(folder, "lockstep.log"));

    private static int Occurrences(string text, string what) => text.Split(what).Length - 1;

    // A copy of the images that the test may move away.
    private (string Folder, string Images) Begin(string name)
    {
        var images = Path.Combine(samples.Folder, $"mount-{name}");
        CopiedFolder.Copy(samples.Train, images);
        return (Path.Combine(samples.Folder, $"run-{name}"), images);
    }

    private string[] Train(string folder, string images, params string[] settings) =>
        TinyRun.Train(samples, folder, 2, [.. settings, $"Data:Train={images}", "Data:PrefetchMicrobatches=4"]);

    // Takes the folder away in the middle of the run, and waits until a node has said so.
    private static async Task GoneAsync(string folder, string images, Tool tool)
    {
        await TinyRun.ReachesAsync(folder, 5, tool);
        Directory.Move(images, images + ".away");
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        while (Occurrences(await LogAsync(folder), "then the node stops") == 0)
        {
            tool.MustRun("it waits for its images");
            await Task.Delay(5, timeout.Token); // polls a file that another process writes
        }
    }
}
