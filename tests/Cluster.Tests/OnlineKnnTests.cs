using System.Diagnostics;
using Lockstep.Node.Evaluation.Online;

namespace Lockstep.Cluster.Tests;

/// <summary>k-NN beside the training: it changes no digest, and says of a step what `lockstep eval knn` says of its checkpoint.</summary>
public sealed class OnlineKnnTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task Train_WithEvaluations_SameDigests_AndTheAccuracyOfTheCheckpoint()
    {
        var (one, two) = (Path.Combine(samples.Folder, "knn-1"), Path.Combine(samples.Folder, "knn-2"));
        string[] settings = ["Watch:KnnEveryEpochs=1", $"Watch:Test={samples.Test}"];
        await RunAsync(one, 1, settings);
        await RunAsync(two, 2, settings);
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(one));
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(two));

        // One that would begin while another runs is left out; the last one never is.
        var (lines, others) = (KnnLog.Read(one), KnnLog.Read(two));
        Assert.Equal((TinyRun.Steps, 3, 160, 40), (lines[^1].Step, lines[^1].Epoch, lines[^1].Bank, lines[^1].Queries));
        Assert.Equal(TinyRun.Steps, others[^1].Step);
        Assert.All(lines.Concat(others), line => Assert.Contains(line.Step, new long[] { 10, 20, 30 }));
        Assert.All(lines.Join(others, a => a.Step, b => b.Step, (a, b) => (a.Accuracy, b.Accuracy)), pair => Assert.Equal(pair.Item1, pair.Item2));

        var (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", one, "--train", samples.Train, "--test", samples.Test);
        Assert.True(exit == 0, output);
        Assert.Contains(FormattableString.Invariant($"top1={100 * lines[^1].Accuracy:F1}"), output);
        Assert.Contains("k-NN of the teacher at step 30 (epoch 3)", await File.ReadAllTextAsync(Path.Combine(one, "lockstep.log")));
    }

    [Fact, Trait("Category", "Long")]
    public async Task KilledScribe_TheNextGoesOnEvaluating_SameDigests()
    {
        var folder = Path.Combine(samples.Folder, "knn-lost");
        using (var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2, "Watch:KnnEveryEpochs=1", "Watch:HeldOut=0.25")))
        {
            await TinyRun.ReachesAsync(folder, 11, tool);
            using (var node = Process.GetProcessById(Children.With(tool.Process.Id, "Node:Name=node-0"))) node.Kill();
            Assert.True(await tool.ExitAsync() == 0, tool.Output);
        }
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
        var last = KnnLog.Read(folder)[^1];
        Assert.Equal((TinyRun.Steps, 120, 40), (last.Step, last.Bank, last.Queries));
    }

    [Fact]
    public async Task NoLabels_AreNamedBeforeTheRunBegins()
    {
        var flat = Directory.CreateDirectory(Path.Combine(samples.Folder, "flat")).FullName;
        foreach (var file in Directory.EnumerateFiles(samples.Train, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(flat, Path.GetRelativePath(samples.Train, file).Replace('/', '-')), overwrite: true);
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, "knn-flat"), 1, $"Data:Train={flat}", "Watch:KnnEveryEpochs=1"));
        Assert.Equal(1, exit);
        Assert.Contains("Data:Train (Watch:Train is empty) has 0 classes, and Watch:KnnEveryEpochs needs labels", output);
    }

    private async Task RunAsync(string folder, int nodes, string[] settings)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes, settings));
        Assert.True(exit == 0, output);
    }
}
