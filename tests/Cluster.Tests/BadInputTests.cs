using System.Net;
using System.Net.Sockets;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cluster.Tests;

/// <summary>Bad input gets a message that names the thing and the remedy, and a status that is not 0.</summary>
public sealed class BadInputTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task EmptyFolder_IsNamed()
    {
        var empty = Directory.CreateDirectory(Path.Combine(samples.Folder, "empty")).FullName;
        var (exit, output) = await TrainAsync("run-empty", $"Data:Train={empty}");
        Assert.Equal(1, exit);
        Assert.Contains(empty, output);
        Assert.Contains(".jpg", output); // what is looked for
    }

    [Fact]
    public async Task MissingFolder_IsNamed()
    {
        var (exit, output) = await TrainAsync("run-missing", "Data:Train=no/such/folder");
        Assert.Equal(1, exit);
        Assert.Contains("no/such/folder", output);
    }

    [Fact]
    public async Task NoFolder_AsksForOne()
    {
        var (exit, output) = await TrainAsync("run-none", "Data:Train=");
        Assert.Equal(2, exit);
        Assert.Contains("Data:Train", output);
    }

    [Fact]
    public async Task TextFileNamedJpg_IsReplacedAndNamed_AndTheRunGoesOn()
    {
        var folder = Path.Combine(samples.Folder, "broken", "train");
        CopiedFolder.Copy(samples.Train, folder);
        var first = Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        await File.WriteAllTextAsync(first, "this is no picture");
        var one = await DigestsAsync("run-broken-1", 1, folder);
        var two = await DigestsAsync("run-broken-2", 2, folder);
        Assert.Equal(one, two); // all nodes agree on the substitute
        var log = await File.ReadAllTextAsync(Path.Combine(samples.Folder, "run-broken-1", "lockstep.log"));
        Assert.Contains(Path.GetFileName(first), log);
        Assert.Contains("not a JPEG, PNG or WebP", log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task OnlyBrokenFiles_StopTheRun()
    {
        var folder = Directory.CreateDirectory(Path.Combine(samples.Folder, "all-broken")).FullName;
        for (var i = 0; i < 40; i++) await File.WriteAllTextAsync(Path.Combine(folder, $"{i}.jpg"), $"no picture {i}");
        var (exit, output) = await TrainAsync("run-all-broken", $"Data:Train={folder}");
        Assert.Equal(1, exit);
        Assert.Contains("broken", output);
    }

    [Fact]
    public async Task WrongKeysAndValues_AreAllReportedAtOnce()
    {
        var (exit, output) = await TrainAsync("run-keys", "Optim:LearninRate=1", "Run:Microbatches=3", "Run:Steps=many", "nonsense", "--node");
        Assert.Equal(2, exit);
        Assert.Contains("unknown key Optim:LearninRate; did you mean Optim:LearningRate?", output);
        Assert.Contains("Run:Steps is 'many'", output);
        Assert.Contains("'nonsense' is not an override", output);
        Assert.Contains("'--node' is no option of this command; --help lists them", output);
    }

    [Theory]
    [InlineData("gpu", "Node:Device is 'gpu'; it must be cpu, cuda (the first GPU) or cuda:N")]
    [InlineData("cuda:99", "Node:Device=cuda:99, but ")]
    public async Task DeviceThatIsNotThere_SaysWhatIs(string device, string message)
    {
        var (exit, output) = await TrainAsync("run-device", $"Node:Device={device}");
        Assert.Equal(2, exit);
        Assert.Contains(message, output);
        Assert.False(Directory.Exists(Path.Combine(samples.Folder, "run-device"))); // nothing was begun

        // A node that is started alone, and an evaluation.
        (exit, output) = await Tool.RunAsync(samples.Folder, "node", Path.Combine(samples.Folder, "tiny.json"), "Run:Folder=run-device", $"Data:Train={samples.Train}", $"Node:Device={device}");
        Assert.Equal(2, exit);
        Assert.Contains(message, output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "embed", "no-run", "--images", samples.Test, "--csv", "features.csv", "--device", device);
        Assert.Equal(2, exit);
        Assert.Contains(message.Replace("Node:Device", "--device", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task ValuesOutOfRange_AreAllReportedAtOnce()
    {
        var (exit, output) = await TrainAsync("run-range", "Run:Microbatches=3", "Dino:TeacherTemp=7", "Model:DropPath=-1");
        Assert.Equal(2, exit);
        Assert.Contains("power of two", output);
        Assert.Contains("Dino:TeacherTemp", output);
        Assert.Contains("Model:DropPath", output);
    }

    [Fact]
    public async Task DataInNoKnownOrder_SaysWhichThereAre()
    {
        var (exit, output) = await TrainAsync("run-order", "Data:Order=random", "Data:ShuffleShards=0", "Data:ShardSamples=-1", "Data:LastBatch=keep");
        Assert.Equal(2, exit);
        Assert.Contains("Data:Order must be auto, permutation or shards", output);
        Assert.Contains("Data:ShuffleShards must be", output);
        Assert.Contains("Data:ShardSamples must be", output);
        Assert.Contains("Data:LastBatch must be drop or carry", output);
    }

    [Fact]
    public async Task FewerImagesThanAStep_SaysSo()
    {
        var (exit, output) = await TrainAsync("run-few", "Run:GlobalBatch=1024");
        Assert.Equal(1, exit);
        Assert.Contains("160", output);
        Assert.Contains("Run:GlobalBatch", output);
    }

    [Fact]
    public async Task UnknownRecipe_ListsTheKnownOnes()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "train", "no-such-recipe");
        Assert.Equal(2, exit);
        Assert.Contains("dino-demo", output);
    }

    [Fact]
    public async Task CoordinatorNotReachable_SaysWhereAndWhatToDo()
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var (exit, output) = await Tool.RunAsync(samples.Folder, "node", Path.Combine(samples.Folder, "tiny.json"), "Run:Folder=run-alone",
            $"Data:Train={samples.Train}", $"Node:Coordinator={address}", "Node:ConnectTimeoutSeconds=2");
        Assert.Equal(1, exit);
        Assert.Contains(address, output);
        Assert.Contains("not reachable", output);
    }

    [Fact]
    public async Task PortInUse_SaysWhichAndWhatToDo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (exit, output) = await Tool.RunAsync(samples.Folder, "coordinator", Path.Combine(samples.Folder, "tiny.json"), "Run:Folder=run-port", $"Cluster:Listen=http://127.0.0.1:{port}");
        Assert.Equal(1, exit);
        Assert.Contains($"{port}", output);
        Assert.Contains("in use", output);
    }

    [Fact]
    public async Task DiskFullForACheckpoint_SaysSo_KeepsTheEarlierOne_AndResumes()
    {
        // A small disk of its own: room for two checkpoints of about 1.2 MB, not for a third beside them.
        var disk = Directory.CreateDirectory(Path.Combine(samples.Folder, "small-disk")).FullName;
        if (!await SmallDisk.MountAsync(disk, mebibytes: 64)) Assert.Skip("mounting a small disk is not allowed here");
        try
        {
            var folder = Path.Combine(disk, "run");
            using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 1)))
            {
                await TinyRun.ReachesAsync(folder, 7, tool);
                Fill(Path.Combine(disk, "ballast"));
                Assert.True(await tool.ExitAsync() == 1, tool.Output);
                Assert.Contains("could not be written", tool.Output);
            }
            Assert.Equal(5, new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Step);
            File.Delete(Path.Combine(disk, "ballast"));
            var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, 1));
            Assert.True(exit == 0, output);
            Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        }
        finally
        {
            await SmallDisk.UnmountAsync(disk);
        }
    }

    [Theory]
    [InlineData("eval", "knn", "nothing-here", "--train", "a", "--test", "b")]
    [InlineData("inspect", "nothing-here")]
    [InlineData("visualize", "attention", "nothing-here", "--images", "a")]
    public async Task NoCheckpoint_IsNamed(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, arguments);
        Assert.Equal(1, exit);
        Assert.Contains("nothing-here", output);
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path);
        var block = new byte[1 << 16];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<(int ExitCode, string Output)> TrainAsync(string run, params string[] overrides) =>
        Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, run), 1, overrides));

    private async Task<IReadOnlyList<string>> DigestsAsync(string run, int nodes, string train)
    {
        var folder = Path.Combine(samples.Folder, run);
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes, $"Data:Train={train}", "Run:Steps=11"));
        Assert.True(exit == 0, output);
        Assert.Equal(11, TinyRun.Digests(folder).Count);
        return TinyRun.Digests(folder);
    }
}
