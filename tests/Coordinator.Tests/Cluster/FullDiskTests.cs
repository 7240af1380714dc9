using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>The journal's disk is full: the run waits, and goes on when there is room.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-disk-").FullName;
    private bool _mounted;

    public async ValueTask InitializeAsync() =>
        _mounted = Environment.IsPrivilegedProcess && await RunAsync("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", _folder);

    [Fact]
    public async Task Journal_OnAFullDisk_TheRunWaitsAndGoesOnWhenThereIsRoom()
    {
        Assert.SkipUnless(_mounted, "needs a small file system of its own, which only root may mount");
        var options = TestCluster.Options with { Journal = Path.Combine(_folder, "coordinator"), Steps = 1_000_000, NodeTimeoutSeconds = 4 };
        using var warnings = new LogLines();
        await using var cluster = await TestCluster.StartAsync(options, logging => logging.AddProvider(warnings));
        await cluster.StartNodesAsync(2);
        await ClusterTests.ReachesAsync(cluster, 5);

        var filler = Path.Combine(_folder, "filler");
        await FillAsync(filler);
        await warnings.FirstAsync("The run waits and tries again").InTime();
        var waiting = (await cluster.StatusAsync()).CommittedSteps; // people still get an answer
        await Task.Delay(TimeSpan.FromSeconds(options.NodeTimeoutSeconds + 1)); // heartbeats are not kept for so long: nobody was silent

        File.Delete(filler);
        await ClusterTests.ReachesAsync(cluster, (int)waiting + 20).InTime();
        cluster.App.RequestStop("the test has seen enough");
        await ClusterTests.EndedAsync(cluster);

        var status = await cluster.StatusAsync();
        Assert.Equal(0, status.LostMicrobatches);
        Assert.Empty(status.Faults);
        cluster.AssertSumsOfAQuietRun(status.CommittedSteps);
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted) await RunAsync("umount", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task FillAsync(string path)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true) await file.WriteAsync(new byte[1024]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
