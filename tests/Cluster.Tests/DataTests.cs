namespace Lockstep.Cluster.Tests;

/// <summary>lockstep data, as a user runs it, and runs on what it makes.</summary>
public sealed class DataTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact, Trait("Category", "Long")]
    public async Task PackedShards_InTheirOrder_TrainToTheDigestsOfTheFolder()
    {
        var packed = Path.Combine(samples.Folder, "shards");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "data", "pack", samples.Train, packed, "--samples-per-shard", "50");
        Assert.True(exit == 0, output);
        Assert.Contains("4 shards", output);
        Assert.Contains("160 images, 10 classes", output);

        // Image by image: DataSourceTests. Shard by shard, which shards are by themselves, and the folder when it is told how long they are.
        var (byShards, ofFolder) = (Path.Combine(samples.Folder, "run-by-shards"), Path.Combine(samples.Folder, "run-of-folder"));
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, byShards, 2, $"Data:Train={packed}"));
        Assert.True(exit == 0, output);
        Assert.DoesNotContain("warning", output); // the index was used
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, ofFolder, 1, "Data:ShardSamples=50"));
        Assert.True(exit == 0, output);
        Assert.Equal(TinyRun.Digests(byShards), TinyRun.Digests(ofFolder));
        Assert.NotEqual(await samples.Quiet.DigestsAsync(), TinyRun.Digests(byShards));

        (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", byShards, "--train", packed, "--test", samples.Test);
        Assert.True(exit == 0, output);
        Assert.Contains("160 images vote on 40, 10 classes", output);
    }

    [Fact]
    public async Task Index_OfAFolder_IsWrittenBesideOrWhereAsked()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "data", "index", samples.Test);
        Assert.True(exit == 0, output);
        Assert.Contains("40 images, 10 classes", output);
        Assert.True(File.Exists(Path.Combine(samples.Test, ".lockstep-index")));

        (exit, output) = await Tool.RunAsync(samples.Folder, "data", "index", samples.Test, "--output", "test.lockstep-index");
        Assert.True(exit == 0, output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "data", "pack", "test.lockstep-index", "test-shards");
        Assert.True(exit == 0, output);
        Assert.Contains("1 shard,", output);
    }

    [Fact]
    public async Task Pack_DiskFull_SaysSo_LeavesWholeShards_AndGoesOn()
    {
        var disk = Directory.CreateDirectory(Path.Combine(samples.Folder, "small-disk")).FullName;
        if (!await SmallDisk.MountAsync(disk, mebibytes: 1)) Assert.Skip("mounting a small disk is not allowed here");
        try
        {
            var ballast = Path.Combine(disk, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[850 << 10]); // the 160 images and their labels take some 500 KB
            string[] pack = ["data", "pack", samples.Train, Path.Combine(disk, "shards"), "--samples-per-shard", "20"];
            var (exit, output) = await Tool.RunAsync(samples.Folder, pack);
            Assert.True(exit == 1, output);
            Assert.Contains("cannot be written", output);
            Assert.Contains("goes on where it was", output);
            Assert.Empty(Directory.EnumerateFiles(disk, "*.writing", SearchOption.AllDirectories));
            File.Delete(ballast);
            (exit, output) = await Tool.RunAsync(samples.Folder, pack);
            Assert.True(exit == 0, output);
            Assert.DoesNotContain(" 8 written now", output); // some were there
        }
        finally
        {
            await SmallDisk.UnmountAsync(disk);
        }
    }

    [Fact]
    public async Task Pack_InterruptedTwiceWhileTheListingHangs_EndsAtOnce()
    {
        const int Interrupt = 2;
        var shard = Path.Combine(samples.Folder, "hangs.tar");
        await File.WriteAllBytesAsync(shard, new byte[1024]);
        using var lease = FileLease.Take(shard);
        if (lease is null) Assert.Skip("no file can be made to hang here");
        using var tool = Tool.Start(samples.Folder, "data", "pack", shard, "never");
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        await lease.Opened.WaitAsync(timeout.Token);
        while (!tool.Process.HasExited)
        {
            tool.Signal(Interrupt);
            await Task.Delay(50, timeout.Token); // signals that are not taken yet are one signal
        }
        Assert.Equal(128 + Interrupt, await tool.ExitAsync());
        Assert.DoesNotContain("stopped", tool.Output, StringComparison.Ordinal); // it did not wait for the system to take the lease away
    }

    [Theory]
    [InlineData("pack", "nothing-here", "x")]
    [InlineData("index", "nothing-here")]
    public async Task NothingThere_IsNamed(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, ["data", .. arguments]);
        Assert.Equal(1, exit);
        Assert.Contains("nothing-here", output);
        Assert.Contains("name-{000000..000146}.tar", output); // what may be given
    }

    [Theory]
    [InlineData("pack", "a", "b", "--samples-per-shard", "0")]
    [InlineData("index", "a", "--output", "b")]
    public async Task WrongUse_IsRefused(params string[] arguments) =>
        Assert.Equal(2, (await Tool.RunAsync(samples.Folder, ["data", .. arguments])).ExitCode);

    [Theory]
    [InlineData("data", "--help")]
    [InlineData("data", "pack", "--help")]
    [InlineData("data", "index", "--help")]
    public async Task Help_ShowsUsage(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, arguments);
        Assert.Equal(0, exit);
        Assert.Contains("Usage:", output);
    }
}
