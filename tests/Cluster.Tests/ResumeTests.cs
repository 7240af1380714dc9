using System.Diagnostics;
using System.Text.Json.Nodes;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cluster.Tests;

/// <summary>Whatever ends a run, starting it again ends with the weights of a run that nothing ended.</summary>
public sealed class ResumeTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    private const int Interrupt = 2, Terminate = 15;

    [Fact, Trait("Category", "Long")]
    public async Task KilledAtStep17_StartedAgain_SameDigests()
    {
        var folder = Path.Combine(samples.Folder, "kill-broken");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2)))
        {
            await TinyRun.ReachesAsync(folder, 17, tool);
            tool.KillTree();
            await tool.ExitAsync();
        }
        Assert.InRange(TinyRun.Digests(folder).Count, 17, TinyRun.Steps - 1);

        await FinishAsync(folder, nodes: 3);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Fact]
    public Task Terminated_KeepsWhatIsCommitted_AndResumes() => StopAsync(Terminate);

    [Fact, Trait("Category", "Long")]
    public Task Interrupted_KeepsWhatIsCommitted_AndResumes() => StopAsync(Interrupt);

    private async Task StopAsync(int signal)
    {
        var folder = Path.Combine(samples.Folder, $"signal-{signal}");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2, "Run:CheckpointEverySteps=1000")))
        {
            await TinyRun.ReachesAsync(folder, 12, tool);
            tool.Signal(signal);
            Assert.True(await tool.ExitAsync() == 130, tool.Output);
        }
        var committed = TinyRun.Digests(folder).Count;
        var checkpoint = new CheckpointStore(folder).Latest(Assert.Fail);
        Assert.Equal(committed, checkpoint!.Manifest.Step); // not one committed step is lost
        Assert.InRange(committed, 12, TinyRun.Steps - 1);

        await FinishAsync(folder, nodes: 1);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Fact, Trait("Category", "Long")] // who writes metrics and checkpoints
    public Task KilledScribe_TheOtherFinishesTheRun_SameDigests() => KillAsync("node-0");

    [Fact, Trait("Category", "Long")]
    public Task KilledNode_TheOtherFinishesTheRun_SameDigests() => KillAsync("node-1");

    private async Task KillAsync(string name)
    {
        var folder = Path.Combine(samples.Folder, $"lost-{name}");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2)))
        {
            await TinyRun.ReachesAsync(folder, 8, tool);
            using (var node = Process.GetProcessById(Children.With(tool.Process.Id, $"Node:Name={name}"))) node.Kill();
            Assert.True(await tool.ExitAsync() == 0, tool.Output);
            Assert.Contains($"{name} has ended (signal 9); the others go on", tool.Output);
        }
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        Assert.Equal(TinyRun.Steps, new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Step);
    }

    // The kill hits the last step, the last checkpoint, or comes too late: the end is there in any case.
    [Fact, Trait("Category", "Long")]
    public async Task KilledScribe_InTheLastStep_AnotherWritesTheEnd()
    {
        var folder = Path.Combine(samples.Folder, "end-lost");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2, "Run:CheckpointEverySteps=1000")))
        {
            await TinyRun.ReachesAsync(folder, 8, tool);
            using var node = Process.GetProcessById(Children.With(tool.Process.Id, "Node:Name=node-0"));
            await TinyRun.ReachesAsync(folder, TinyRun.Steps - 1, tool);
            node.Kill();
            Assert.True(await tool.ExitAsync() == 0, tool.Output);
        }
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        Assert.Equal(TinyRun.Steps, new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Step);
    }

    [Fact, Trait("Category", "Long")]
    public async Task AllNodesKilled_FailsTheRun_AndResumes()
    {
        var folder = Path.Combine(samples.Folder, "all-lost");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2)))
        {
            await TinyRun.ReachesAsync(folder, 8, tool);
            foreach (var name in new[] { "node-0", "node-1" })
            {
                using var node = Process.GetProcessById(Children.With(tool.Process.Id, $"Node:Name={name}"));
                node.Kill();
            }
            Assert.True(await tool.ExitAsync() == 1, tool.Output);
            Assert.Contains("resumes at step", tool.Output);
        }

        await FinishAsync(folder, nodes: 2);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Theory, Trait("Category", "Long")]
    [InlineData("node-0", 1)]
    [InlineData("node-1", 2)]
    public async Task TooFewNodesAreLeft_TheRunEndsUnfinished_AndSaysSo(string name, int nodes)
    {
        var folder = Path.Combine(samples.Folder, $"too-few-{name}");
        using var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, nodes, $"Cluster:MinNodes={nodes}"));
        await TinyRun.ReachesAsync(folder, 8, tool);
        using (var terminate = Process.Start("kill", ["-TERM", $"{Children.With(tool.Process.Id, $"Node:Name={name}")}"])) await terminate.WaitForExitAsync();
        Assert.True(await tool.ExitAsync() == 1, tool.Output);
        Assert.Contains($"too few nodes were left (Cluster:MinNodes={nodes})", tool.Output);
        Assert.Contains("resumes at step", tool.Output);
        Assert.InRange(TinyRun.Digests(folder).Count, 8, TinyRun.Steps - 1);
    }

    [Fact, Trait("Category", "Long")]
    public async Task DamagedNewestCheckpoint_OlderOneIsUsed_SameDigests()
    {
        var folder = Path.Combine(samples.Folder, "damaged");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 1)))
        {
            await TinyRun.ReachesAsync(folder, 17, tool);
            tool.KillTree();
            await tool.ExitAsync();
        }
        var newest = new CheckpointStore(folder).Latest(Assert.Fail)!;
        using (var state = File.Open(Path.Combine(newest.Folder, Checkpoint.StateFile), FileMode.Open)) state.SetLength(state.Length / 2);

        await FinishAsync(folder, nodes: 2);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        Assert.Contains("damaged", await File.ReadAllTextAsync(Path.Combine(folder, "lockstep.log")));
    }

    [Fact]
    public async Task FinishedRun_StartedAgain_ChangesNothing()
    {
        var folder = Path.Combine(samples.Folder, "finished");
        await samples.Quiet.CopyRunToAsync(folder);
        await FinishAsync(folder, nodes: 2);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }

    [Fact]
    public async Task OtherRecipeInTheSameFolder_IsRefused()
    {
        var folder = Path.Combine(samples.Folder, "refused");
        await samples.Quiet.CopyRunToAsync(folder);
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, 1, "Optim:LearningRate=0.02"));
        Assert.Equal(1, exit);
        Assert.Contains("Optim:LearningRate was 0.01, is 0.02", output);
    }

    [Fact]
    public async Task CheckpointOlderThanASetting_CanBeUsed_AndIsNotResumedUnnoticed()
    {
        var folder = Path.Combine(samples.Folder, "older");
        await samples.Quiet.CopyRunToAsync(folder);
        foreach (var file in Directory.GetFiles(folder, Checkpoint.ManifestFile, SearchOption.AllDirectories))
        {
            var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
            manifest["recipe_hash"] = new string('0', 64);
            Assert.True(manifest["recipe"]!["Data"]!.AsObject().Remove("Order"));
            await File.WriteAllTextAsync(file, manifest.ToJsonString());
        }

        var (exit, output) = await Tool.RunAsync(samples.Folder, "inspect", folder);
        Assert.True(exit == 0, output);
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, 1));
        Assert.Equal(1, exit);
        Assert.Contains("Data:Order was absent, is auto", output);
    }

    private async Task FinishAsync(string folder, int nodes)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes));
        Assert.True(exit == 0, output);
        Assert.Equal(TinyRun.Steps, TinyRun.Digests(folder).Count);
    }
}
