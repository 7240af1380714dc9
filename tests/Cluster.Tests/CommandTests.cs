using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cluster.Tests;

/// <summary>The commands of the README, run as a user runs them.</summary>
public sealed partial class CommandTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    private const int Interrupt = 2;

    [Fact]
    public async Task TrainedRun_CanBeEvaluatedInspectedAndSeen()
    {
        var run = Path.Combine(samples.Folder, "run");
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, run, 2));
        Assert.True(exit == 0, output);
        Assert.Contains($"step {TinyRun.Steps}/{TinyRun.Steps}", output); // progress is shown

        (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", run, "--train", samples.Train, "--test", samples.Test);
        Assert.True(exit == 0, output);
        var accuracy = ResultLine().Match(output.TrimEnd().Split('\n')[^1]);
        Assert.True(accuracy.Success, output);
        Assert.InRange(double.Parse(accuracy.Groups[1].Value, CultureInfo.InvariantCulture), 1, 100);

        (exit, output) = await Tool.RunAsync(samples.Folder, "inspect", run, "--tensors");
        Assert.True(exit == 0, output);
        Assert.Contains(TinyRun.Digests(run)[^1], output);
        Assert.Contains("teacher.backbone.blocks.1.attn.qkv.weight", output);

        var picture = Path.Combine(samples.Folder, "attention.png");
        (exit, output) = await Tool.RunAsync(samples.Folder, "visualize", "attention", run, "--images", samples.Test, "--output", picture, "--count", "3");
        Assert.True(exit == 0, output);
        Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(await File.ReadAllBytesAsync(picture), 1, 3));

        // As if the run had been begun before these settings were there.
        var manifest = Path.Combine(new CheckpointStore(run).Latest(Assert.Fail)!.Folder, Checkpoint.ManifestFile);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!;
        foreach (var key in (string[])["Cache", "CacheMiB", "PrefetchMiB"]) Assert.True(json["recipe"]!["Data"]!.AsObject().Remove(key));
        await File.WriteAllTextAsync(manifest, json.ToJsonString());
        (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", run, "--train", samples.Train, "--test", samples.Test);
        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task RunningRun_IsSeenInTheTerminalAndOnItsPage()
    {
        var run = Path.Combine(samples.Folder, "seen");
        using var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, run, 2, "Run:Steps=100000"));
        await TinyRun.ReachesAsync(run, 3, tool);

        var (exit, output) = await Tool.RunAsync(samples.Folder, "status", run);
        Assert.True(exit == 0, output);
        Assert.Matches(@"running  step \d+/100000", output);
        Assert.Contains("node-0", output);
        Assert.Contains("node-1", output);
        using (var http = new HttpClient())
        {
            var page = StatusPage().Match(tool.Output).Groups[1].Value; // train says where it is
            using var status = JsonDocument.Parse(await http.GetStringAsync(new Uri($"{page}/status.json")));
            Assert.Equal(2, status.RootElement.GetProperty("nodes").GetArrayLength());
        }

        using var watch = Tool.Start(samples.Folder, "watch", run);
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        while (!watch.Output.Contains("running", StringComparison.Ordinal)) await Task.Delay(10, timeout.Token); // another process's output
        watch.Signal(Interrupt); // it ends with the run as well
        await watch.ExitAsync();
        tool.Signal(Interrupt);
        Assert.Equal(130, await tool.ExitAsync());

        (exit, output) = await Tool.RunAsync(samples.Folder, "status", run);
        Assert.Equal(1, exit);
        Assert.Contains($"nothing runs in '{run}'", output);
        Assert.Matches(@"the run stopped at step \d+, and 'lockstep train' with the same arguments goes on", output);
    }

    [Fact]
    public async Task RunThatIsComplete_IsSaidToBe_AndOneWithoutAWholeCheckpointToBeDamaged()
    {
        var run = Path.Combine(samples.Folder, "ended");
        await samples.Quiet.CopyRunToAsync(run);
        foreach (var command in (string[])["status", "watch"])
        {
            var (exit, output) = await Tool.RunAsync(samples.Folder, command, run);
            Assert.Equal(1, exit);
            Assert.Contains($"nothing runs in '{run}'", output);
            Assert.Contains($"the run is complete at step {TinyRun.Steps}. A coordinator", output);
            Assert.DoesNotContain("goes on", output);
        }

        foreach (var manifest in Directory.EnumerateFiles(Path.Combine(run, "checkpoints"), Checkpoint.ManifestFile, SearchOption.AllDirectories)) await File.WriteAllTextAsync(manifest, "{");
        var (damaged, said) = await Tool.RunAsync(samples.Folder, "status", run);
        Assert.Equal(1, damaged);
        Assert.Contains($"nothing runs in '{run}'", said);
        Assert.Matches(@"all \d+ checkpoints in '.*' are damaged\. Restore one, or delete the folder to begin at step 0\. A coordinator", said);
    }

    [Fact, Trait("Category", "Long")]
    public async Task NodeWithoutState_FetchesItFromAPeer()
    {
        var (kept, empty) = (Path.Combine(samples.Folder, "fetch-kept"), Path.Combine(samples.Folder, "fetch-empty"));
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, kept, 1)))
        {
            await TinyRun.ReachesAsync(kept, 17, tool);
            tool.KillTree();
            await tool.ExitAsync();
        }

        var recipe = Path.Combine(samples.Folder, "tiny.json");
        var addressFile = Path.Combine(samples.Folder, "fetch.address");
        using var coordinator = Tool.Start(samples.Folder, "coordinator", recipe, $"Run:Folder={kept}", "Cluster:Listen=http://127.0.0.1:0", "--address-file", addressFile);
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        while (!File.Exists(addressFile)) await Task.Delay(10, timeout.Token);
        var address = (await File.ReadAllTextAsync(addressFile)).Trim();
        using var first = Node("a", kept);
        using var second = Node("b", empty);
        Assert.True(await first.ExitAsync() == 0, first.Output);
        Assert.True(await second.ExitAsync() == 0, second.Output);
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Output);
        Assert.Matches(@"the state of step \d+ is here", second.Output);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(kept));

        Tool Node(string name, string folder) => Tool.Start(samples.Folder, "node", recipe, $"Run:Folder={folder}",
            $"Data:Train={samples.Train}", $"Node:Name={name}", $"Node:Coordinator={address}", "Node:Lanes=1");
    }

    [Fact]
    public async Task Doctor_OnAMachineThatPassesTheTests_FindsNothing()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "doctor");
        Assert.True(exit == 0, output);
        Assert.Contains("all well", output);
        Assert.Matches(@"(?m)^  ok     devices +cpu[,;] ", output);
    }

    [Fact]
    public async Task Recipes_ListsAndShows()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "recipes");
        Assert.True(exit == 0, output);
        Assert.Contains("dino-cifar10 ", output);
        Assert.Matches(@"(?m)^dino-vits16-imagenet-boosted .*73\.3 % k-NN, 76\.0 % linear", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "recipes", "dino-cifar10-vit");
        Assert.True(exit == 0, output);
        Assert.Contains("\"OutDim\": \"4096\"", output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("demo", "--help")]
    [InlineData("train", "--help")]
    [InlineData("coordinator", "--help")]
    [InlineData("node", "--help")]
    [InlineData("status", "--help")]
    [InlineData("watch", "--help")]
    [InlineData("eval", "knn", "--help")]
    [InlineData("eval", "linear", "--help")]
    [InlineData("visualize", "attention", "--help")]
    [InlineData("visualize", "pca", "--help")]
    [InlineData("embed", "--help")]
    [InlineData("search", "--help")]
    [InlineData("samples", "--help")]
    [InlineData("data", "--help")]
    [InlineData("data", "check", "--help")]
    [InlineData("data", "stats", "--help")]
    [InlineData("recipes", "--help")]
    [InlineData("inspect", "--help")]
    [InlineData("export", "--help")]
    [InlineData("health", "--help")]
    [InlineData("certs", "--help")]
    [InlineData("simulate", "--help")]
    [InlineData("doctor", "--help")]
    public async Task Help_ShowsUsage(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, arguments);
        Assert.Equal(0, exit);
        Assert.Contains("Usage:", output);
    }

    [Fact]
    public async Task UnknownCommand_IsRefused()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "trian");
        Assert.Equal(2, exit);
        Assert.Contains("trian", output);
    }

    [GeneratedRegex(@"status page (http://127\.0\.0\.1:\d+)")]
    private static partial Regex StatusPage();

    [GeneratedRegex(@"^k=20 top1=(\d+\.\d)\s*$")]
    private static partial Regex ResultLine();
}
