using System.Globalization;

namespace Lockstep.Cluster.Tests;

/// <summary>A long run takes no more memory than a short one.</summary>
public sealed class MemoryTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    private const double AllowedGrowthMegabytes = 24;

    [Fact, Trait("Category", "Long")]
    public async Task Train_500Steps_MemoryStaysFlat()
    {
        var folder = Path.Combine(samples.Folder, "memory");
        using var tool = Tool.Start(samples.Folder, TinyRun.Train(samples, folder, 2, "Run:Steps=500", "Run:CheckpointEverySteps=50"));
        await TinyRun.ReachesAsync(folder, 150, tool); // code is compiled, pools are filled
        var early = ResidentMegabytes(tool.Process.Id);
        await TinyRun.ReachesAsync(folder, 400, tool);
        var late = ResidentMegabytes(tool.Process.Id);
        Assert.True(await tool.ExitAsync() == 0, tool.Output);
        Assert.Equal(500, TinyRun.Digests(folder).Count);
        Assert.True(early.Count == 3, "a coordinator and two nodes were expected");
        foreach (var (id, megabytes) in early)
            Assert.True(late[id] - megabytes < AllowedGrowthMegabytes, $"process {id} grew from {megabytes:F0} to {late[id]:F0} MiB over 250 steps");
    }

    private static Dictionary<int, double> ResidentMegabytes(int parent) =>
        Children.Of(parent).ToDictionary(id => id, id => File.ReadLines($"/proc/{id}/status")
            .Where(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
            .Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single());
}
