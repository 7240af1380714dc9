using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>Sample images, a recipe of very short steps, and the digests of quiet runs of it, each made once.</summary>
public sealed class ChaosTruth : IAsyncLifetime
{
    public const int Microbatches = 8;

    /// <summary>More than anybody waits for: a run of them is stopped.</summary>
    public const long EndlessSteps = 1_000_000;

    private const int ProbeSteps = 150;

    // Digests are those of any run of the recipe; what it learns does not matter.
    private const string Json = """
        {
          "Method": "dino",
          "Run": { "Seed": 11, "Steps": 150, "GlobalBatch": 8, "Microbatches": 8, "CheckpointEverySteps": 200 },
          "Model": { "Arch": "vit", "ImageSize": 32, "PatchSize": 16, "Dim": 48, "Depth": 1, "Heads": 3, "DropPath": 0.1 },
          "Dino": { "OutDim": 64, "HiddenDim": 64, "BottleneckDim": 32, "LocalCropsNumber": 0, "GlobalCropSize": 32, "LocalCropSize": 16 },
          "Optim": { "LearningRate": 0.002, "WarmupEpochs": 1 }
        }
        """;

    private readonly SampleFolder _samples;
    private readonly Dictionary<long, IReadOnlyList<string>> _digests = [];
    private double _stepsPerSecond;

    public ChaosTruth(QuietRun quiet) => _samples = new(quiet);

    public string Train => _samples.Train;

    public string Recipe => Path.Combine(_samples.Folder, "chaos.json");

    /// <summary>A folder for one test's files; kept after the test when LOCKSTEP_CHAOS_FOLDER names where.</summary>
    public string NewFolder(string name)
    {
        var parent = Environment.GetEnvironmentVariable("LOCKSTEP_CHAOS_FOLDER") is { Length: > 0 } kept ? kept : _samples.Folder;
        var folder = Path.Combine(parent, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>A cluster that trains the recipe.</summary>
    internal ChaosOptions Options(string name, int nodes, int guests, long steps) => new()
    {
        Folder = NewFolder(name),
        Recipe = Recipe,
        Train = Train,
        Nodes = nodes,
        Guests = guests,
        Deciding = [$"Run:Steps={steps}"],
        // A node that has lost its coordinator waits for as long as any test takes it away.
        Node = ["Node:ConnectTimeoutSeconds=120"],
    };

    /// <summary>
    /// Steps that keep a cluster on this machine busy for longer than the faults last. A step of several nodes on shared cores
    /// is slower than one of a single node, and faults make it slower still.
    /// </summary>
    public async Task<long> StepsForAsync(double seconds)
    {
        if (_stepsPerSecond == 0)
        {
            var folder = await QuietAsync(ProbeSteps);
            var rates = MetricsLog.Read(folder).Skip(50).Select(m => m.ImagesPerSecond / Microbatches).Order().ToList();
            _stepsPerSecond = rates[rates.Count / 2];
        }
        return (long)Math.Ceiling(seconds * _stepsPerSecond * 0.75 / 100) * 100;
    }

    /// <summary>The digest after each step of a run of one node that nothing disturbs.</summary>
    public async Task<IReadOnlyList<string>> DigestsAsync(long steps)
    {
        if (!_digests.TryGetValue(steps, out var digests)) _digests[steps] = digests = TinyRun.Digests(await QuietAsync(steps));
        Assert.Equal(steps, digests.Count);
        return digests;
    }

    /// <summary>The first digests of an endless run of one node that nothing disturbs; it goes on from where it was stopped the last time.</summary>
    public async Task<IReadOnlyList<string>> PrefixAsync(int count)
    {
        var folder = Path.Combine(_samples.Folder, "endless");
        if (MetricsLog.Read(folder).Count < count)
        {
            using var tool = Tool.Start(_samples.Folder, "train", Recipe, $"Run:Folder={folder}", $"Data:Train={Train}", $"Run:Steps={EndlessSteps}", "--nodes", "1");
            while (MetricsLog.Read(folder).Count < count)
            {
                tool.MustRun($"step {count}");
                await Task.Delay(500); // polls a file that another process writes
            }
            tool.Signal(2);
            Assert.True(await tool.ExitAsync() == 130, tool.Output);
        }
        return [.. TinyRun.Digests(folder).Take(count)];
    }

    public async ValueTask InitializeAsync()
    {
        await _samples.InitializeAsync();
        await File.WriteAllTextAsync(Recipe, Json);
    }

    public ValueTask DisposeAsync() => _samples.DisposeAsync();

    private async Task<string> QuietAsync(long steps)
    {
        var folder = Path.Combine(_samples.Folder, $"quiet-{steps}");
        if (Directory.Exists(folder)) return folder;
        using var tool = Tool.Start(_samples.Folder, "train", Recipe, $"Run:Folder={folder}", $"Data:Train={Train}", $"Run:Steps={steps}", "--nodes", "1");
        Assert.True(await tool.ExitAsync(TimeSpan.FromMinutes(40)) == 0, tool.Output);
        return folder;
    }
}
