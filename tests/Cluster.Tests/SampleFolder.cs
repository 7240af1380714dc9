namespace Lockstep.Cluster.Tests;

/// <summary>160 sample images and a scratch folder, made once for all tests of a class.</summary>
public sealed class SampleFolder : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("lockstep-cluster-").FullName;

    public string Train => Path.Combine(Folder, "samples", "train");

    public string Test => Path.Combine(Folder, "samples", "test");

    public async ValueTask InitializeAsync()
    {
        var (exit, output) = await Tool.RunAsync(Folder, "samples", "samples", "--train", "16", "--test", "4", "--size", "32");
        Assert.True(exit == 0, output);
        await File.WriteAllTextAsync(Path.Combine(Folder, "tiny.json"), TinyRun.Recipe);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
