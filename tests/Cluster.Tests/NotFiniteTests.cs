using System.Text.Json;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>A learning rate beyond reason: weights double and redouble with every step until they overflow.</summary>
public sealed class NotFiniteTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    // Decay multiplies the weights by 1 - 6.25 * 10 at each step: 3.4e38 is passed after about 20.
    private static readonly string[] Absurd = ["Optim:LearningRate=100", "Optim:WarmupEpochs=0", "Optim:WeightDecay=10", "Optim:WeightDecayEnd=10", "Run:CheckpointEverySteps=1000"];

    [Fact]
    public async Task Train_NotFinite_EndsTheRunBeforeTheStep_OnAnyNumberOfNodesTheSame()
    {
        var (one, two) = (await FailAsync("nan-1", 1, Absurd), await FailAsync("nan-2", 2, Absurd));
        Assert.Equal(one.Digests, two.Digests);
        Assert.InRange(one.Digests.Count, 1, TinyRun.Steps - 1);
        foreach (var (name, output, digests) in new[] { ("nan-1", one.Output, one.Digests), ("nan-2", two.Output, two.Digests) })
        {
            var folder = Path.Combine(samples.Folder, name);
            var step = digests.Count;
            var checkpoint = new CheckpointStore(folder).Latest(Assert.Fail)!;
            Assert.Equal((step, digests[^1]), (checkpoint.Manifest.Step, checkpoint.Manifest.Digest)); // the state before it is kept
            Assert.Contains($"step {step} (epoch {step / 10}) was not applied", output);

            using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "not-finite", $"step-{step:D8}", "report.json")));
            var root = report.RootElement;
            Assert.Equal((step, digests[^1]), (root.GetProperty("step").GetInt64(), root.GetProperty("state_digest").GetString()));
            var suspect = root.GetProperty("microbatches")[0];
            var image = suspect.GetProperty("samples")[0].GetProperty("name").GetString()!;
            Assert.True(File.Exists(Path.Combine(samples.Train, image)), image);
            Assert.Matches($@"first in microbatch(es)? {suspect.GetProperty("microbatch").GetInt32()}\b", output);
            Assert.Contains(image, output);
            Assert.True(suspect.GetProperty("numbers").TryGetProperty("loss_of_view_3", out _));
            Assert.NotEqual(0, suspect.GetProperty("tensors").GetArrayLength());
            Assert.Equal("100", root.GetProperty("recipe").GetProperty("Optim").GetProperty("LearningRate").GetString());
        }

        // As the report says: the recipe in the run folder does it again.
        var (exit, again) = await Tool.RunAsync(samples.Folder, "train", Path.Combine(samples.Folder, "nan-2", "recipe.json"));
        Assert.Equal(1, exit);
        Assert.Contains($"resuming at step {two.Digests.Count}", again);
        Assert.Contains($"step {two.Digests.Count} (epoch {two.Digests.Count / 10}) was not applied", again);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Train_SkippingWhatIsNotFinite_CountsTheStepsAndStopsAfterTheMost()
    {
        string[] settings = [.. Absurd, "Optim:SkipNotFinite=3"];
        var (one, two) = (await FailAsync("skip-1", 1, settings), await FailAsync("skip-2", 2, settings));
        Assert.Equal(one.Digests, two.Digests);
        var lines = MetricsLog.Read(Path.Combine(samples.Folder, "skip-2"));
        Assert.Equal([false, true, true, true], lines.TakeLast(4).Select(line => line.Alarms?.ContainsKey("skipped") == true));
        Assert.Equal(4, two.Digests.TakeLast(4).Distinct().Count()); // a step that is left out is a step
        Assert.Contains("2 in a row of 3 at most", lines[^2].Alarms!["skipped"]);
        Assert.Contains("2 in a row of 3 at most", await File.ReadAllTextAsync(Path.Combine(samples.Folder, "skip-2", "lockstep.log")));
        Assert.Contains($"step {lines.Count} (epoch {lines.Count / 10}) was not applied", two.Output);
    }

    private async Task<(string Output, IReadOnlyList<string> Digests)> FailAsync(string name, int nodes, string[] settings)
    {
        var folder = Path.Combine(samples.Folder, name);
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes, settings));
        Assert.True(exit == 1, output);
        return (output, TinyRun.Digests(folder));
    }
}
