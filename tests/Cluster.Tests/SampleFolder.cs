namespace Lockstep.Cluster.Tests;

/// <summary>160 sample images to train on, 40 to test, and a scratch folder, for all tests of a class.</summary>
public sealed class SampleFolder : IAsyncLifetime
{
    public SampleFolder(QuietRun quiet) => Quiet = quiet;

    public QuietRun Quiet { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("lockstep-cluster-").FullName;

    public string Train => Path.Combine(Folder, "samples", "train");

    public string Test => Path.Combine(Folder, "samples", "test");

    public ValueTask InitializeAsync()
    {
        Quiet.CopySamplesTo(Folder);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
