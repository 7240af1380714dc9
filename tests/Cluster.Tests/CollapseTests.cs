using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests;

/// <summary>Collapse is told where a user looks: on the terminal and in the step's line.</summary>
public sealed class CollapseTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task RunWithoutCentring_IsWarnedOf_AQuietRunIsNot()
    {
        var run = Path.Combine(samples.Folder, "collapsed");
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, run, 1, "Run:Steps=60", "Dino:CenterMomentum=1"));
        Assert.True(exit == 0, output);
        var (step, alarm) = Assert.Single(MetricsLog.Read(run).Where(line => line.Alarms?.ContainsKey("one_prototype") == true).Select(line => (line.Step, line.Alarms!["one_prototype"])));
        Assert.InRange(step, 20, 60);
        Assert.Contains("lower Dino:CenterMomentum", alarm);
        Assert.Contains($"warning: step {step}: {alarm}", output);

        var quiet = Path.Combine(samples.Folder, "quiet");
        await samples.Quiet.CopyRunToAsync(quiet);
        Assert.All(MetricsLog.Read(quiet), line => Assert.Null(line.Alarms));
    }
}
