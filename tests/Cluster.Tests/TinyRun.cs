using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>A run of 30 steps (three epochs of ten) that takes seconds.</summary>
internal static class TinyRun
{
    public const int Steps = 30;

    public const string Recipe = """
        {
          "Method": "dino",
          "Run": { "Seed": 7, "Steps": 30, "GlobalBatch": 16, "Microbatches": 8, "CheckpointEverySteps": 5 },
          "Model": { "Arch": "vit", "ImageSize": 32, "PatchSize": 8, "Dim": 48, "Depth": 2, "Heads": 3, "DropPath": 0.1 },
          "Dino": { "OutDim": 64, "HiddenDim": 96, "BottleneckDim": 32, "LocalCropsNumber": 2, "GlobalCropSize": 32, "LocalCropSize": 16 },
          "Optim": { "LearningRate": 0.01, "WarmupEpochs": 1 }
        }
        """;

    /// <summary>Arguments of a training in a run folder.</summary>
    public static string[] Train(SampleFolder samples, string runFolder, int nodes, params string[] overrides) =>
        ["train", Path.Combine(samples.Folder, "tiny.json"), $"Run:Folder={runFolder}", $"Data:Train={samples.Train}", .. overrides, "--nodes", $"{nodes}"];

    /// <summary>The digest after every step; checks that no step is missing or doubled.</summary>
    public static IReadOnlyList<string> Digests(string folder)
    {
        var lines = MetricsLog.Read(folder);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(i => (long)i), lines.Select(l => l.Step));
        Assert.All(lines, l => Assert.Equal(64, l.Digest.Length));
        return [.. lines.Select(l => l.Digest)];
    }

    /// <summary>Waits until a run has committed so many steps.</summary>
    public static async Task ReachesAsync(string folder, int step, Tool tool)
    {
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        var metrics = Path.Combine(folder, MetricsLog.FileName);
        while (!File.Exists(metrics) || File.ReadLines(metrics).Count() < step) // one line a step
        {
            tool.MustRun($"step {step}");
            await Task.Delay(5, timeout.Token); // polls a file that another process writes
        }
    }
}
