using Lockstep.Cluster.Tests;

[assembly: AssemblyFixture(typeof(QuietRun))]

namespace Lockstep.Cluster.Tests;

/// <summary>What most tests compare with, made once: 200 sample images, and the tiny run on one node with one lane that nothing disturbs.</summary>
public sealed class QuietRun : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-quiet-").FullName;
    private readonly Lazy<Task> _run;

    public QuietRun() => _run = new(RunAsync);

    private string RunFolder => Path.Combine(_folder, "run");

    public async ValueTask InitializeAsync()
    {
        var (exit, output) = await Tool.RunAsync(_folder, "samples", "samples", "--train", "16", "--test", "4", "--size", "32");
        Assert.True(exit == 0, output);
        await File.WriteAllTextAsync(Path.Combine(_folder, "tiny.json"), TinyRun.Recipe);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The images and the recipe, for a test class to do with as it likes.</summary>
    public void CopySamplesTo(string folder)
    {
        CopiedFolder.Copy(Path.Combine(_folder, "samples"), Path.Combine(folder, "samples"));
        File.Copy(Path.Combine(_folder, "tiny.json"), Path.Combine(folder, "tiny.json"));
    }

    /// <summary>The run, complete, as a folder of the test's own.</summary>
    public async Task CopyRunToAsync(string folder)
    {
        await _run.Value;
        CopiedFolder.Copy(RunFolder, folder);
    }

    /// <summary>The digest after each of its <see cref="TinyRun.Steps"/> steps.</summary>
    public async Task<IReadOnlyList<string>> DigestsAsync()
    {
        await _run.Value;
        return TinyRun.Digests(RunFolder);
    }

    private async Task RunAsync()
    {
        var (exit, output) = await Tool.RunAsync(_folder, "train", "tiny.json", $"Run:Folder={RunFolder}", $"Data:Train={Path.Combine(_folder, "samples", "train")}", "Node:Lanes=1", "Data:Workers=1", "--nodes", "1");
        Assert.True(exit == 0, output);
        Assert.Equal(TinyRun.Steps, TinyRun.Digests(RunFolder).Distinct().Count()); // every step changes the state
    }
}
