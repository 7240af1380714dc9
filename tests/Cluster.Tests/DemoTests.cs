using System.Globalization;
using System.Text.RegularExpressions;
using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>What the README says of the demo. Minutes long: run by ./lockstep test --long.</summary>
public sealed partial class DemoTests : IDisposable
{
    // Two standard errors of the difference of two scores of 400 images are 7 points.
    private const double LeastMarginPoints = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-demo-").FullName;

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Demo_AnySeed_TrainedBeatsUntrained(int seed)
    {
        var scores = Scores().Match(await DemoAsync($"seed-{seed}", "--seed", $"{seed}"));
        var (trained, untrained) = (Number(scores, 1), Number(scores, 2));
        Assert.True(trained - untrained >= LeastMarginPoints, $"trained {trained} %, untrained {untrained} %");
        var report = await File.ReadAllTextAsync(Path.Combine(_folder, $"seed-{seed}", "report.html"));
        Assert.Contains("<svg", report);
        Assert.Equal(3, report.Split("data:image/png;base64,").Length - 1);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Demo_OneNodeOrTwo_SameDigestAtEveryStep()
    {
        await DemoAsync("two");
        await DemoAsync("one", "--nodes", "1");
        Assert.Equal(1000, Digests("two").Count);
        Assert.Equal(Digests("two"), Digests("one"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private async Task<string> DemoAsync(string name, params string[] options)
    {
        using var tool = Tool.Start(_folder, ["demo", "--folder", name, .. options]);
        Assert.True(await tool.ExitAsync(Limit) == 0, tool.Output);
        return tool.Output;
    }

    private List<string> Digests(string name) => [.. MetricsLog.Read(Path.Combine(_folder, name, "training")).Select(l => l.Digest)];

    [GeneratedRegex(@"trained (\d+\.\d) %, untrained (\d+\.\d) %")]
    private static partial Regex Scores();
}
