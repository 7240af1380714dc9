using Lockstep.Cluster.Tests.Chaos;
using Lockstep.Cluster.Tests.Telemetry.Otlp;
using Lockstep.Node.Checkpoints;
using Lockstep.Protos;

namespace Lockstep.Cluster.Tests.Telemetry;

/// <summary>Real processes tell a collector, or nobody, what they do; their results are the same.</summary>
[Collection(ChaosCollection.Name)]
public sealed class TelemetryTests(ChaosTruth truth)
{
    private const int Every = 25, Steps = 150;
    private const string Coordinator = "lockstep-coordinator";
    private static readonly string[] Parts = [TelemetryNames.Commit, TelemetryNames.Compute, TelemetryNames.Data, TelemetryNames.Optimizer, TelemetryNames.Reduce, TelemetryNames.Teacher];

    [Fact]
    public async Task TwoNodes_TheTreeOfAStep_InOneTrace()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var folder = await TrainAsync("telemetry-two", receiver.Environment);
        var run = new CheckpointStore(folder).Latest(Assert.Fail)!.Manifest.Run;

        // :: 1  the trace of a sampled step that a busy machine did not disturb: a root of the coordinator, a span of each node, and its parts
        var roots = receiver.Own.Where(s => s.Name == TelemetryNames.Step && s.Parent.Length == 0).ToList();
        var quiet = roots.First(s => s[TelemetryNames.TraceReason]!.StringValue == "sampled")[TelemetryNames.StepNumber]!.IntValue;
        var root = StepTrace.RootOf(run, quiet);
        var trace = receiver.Own.Where(s => s.Trace == root.TraceId.ToHexString()).ToList();
        var top = Assert.Single(trace, s => s.Parent.Length == 0);
        Assert.Equal((Coordinator, TelemetryNames.Step, root.SpanId.ToHexString()), (top.Service, top.Name, top.Id));
        Assert.Equal(TelemetryNames.Commit, Assert.Single(trace, s => s.Service == Coordinator && s.Parent == top.Id).Name);
        foreach (var node in new[] { "node-0", "node-1" })
        {
            var step = Assert.Single(trace, s => s.Instance == node && s.Name == TelemetryNames.Step);
            Assert.Equal(("lockstep-node", top.Id), (step.Service, step.Parent));
            Assert.Equal(quiet, step[TelemetryNames.StepNumber]!.IntValue);
            Assert.Subset(Parts.ToHashSet(), trace.Where(s => s.Parent == step.Id).Select(s => s.Name).ToHashSet());
            Assert.Superset(Parts.Except([TelemetryNames.Data, TelemetryNames.Teacher]).ToHashSet(), trace.Where(s => s.Parent == step.Id).Select(s => s.Name).ToHashSet()); // those may take less than a tick
            Assert.All(trace.Where(s => s.Parent == step.Id), part => Assert.InRange(part.Span.StartTimeUnixNano, step.Span.StartTimeUnixNano, step.Span.EndTimeUnixNano));
        }

        // :: 2  only such steps, and what is always told
        Assert.Equal(Enumerable.Range(1, Steps / Every).Select(i => (long)(i * Every) - 1), roots.Select(s => s[TelemetryNames.StepNumber]!.IntValue).Where(step => (step + 1) % Every == 0).Order());
        Assert.All(roots.Where(s => (s[TelemetryNames.StepNumber]!.IntValue + 1) % Every != 0), s => Assert.Equal("disturbed", s[TelemetryNames.TraceReason]!.StringValue));
        Assert.Contains(receiver.Own, s => s.Name == TelemetryNames.Checkpoint);
        Assert.Contains(receiver.Spans, s => s.Scope == "System.Net.Http");
        Assert.Contains(receiver.Spans, s => s.Scope == "Microsoft.AspNetCore" && s["url.path"]?.StringValue == "/lockstep.v1.Coordinator/Session");
        Assert.DoesNotContain(receiver.Spans, s => s["url.full"]?.StringValue.Contains("/v1/traces", StringComparison.Ordinal) == true); // the exporter's own
        Assert.DoesNotContain(receiver.Spans, s => s["url.path"]?.StringValue.EndsWith("GetStatus", StringComparison.Ordinal) == true);

        // :: 3  metrics to the last step, though the processes have ended
        Assert.Equal(Steps, Last(receiver, Coordinator, "lockstep.steps.committed").Gauge.Points.Single().AsInt);
        Assert.Equal(Steps * 8, Last(receiver, Coordinator, "lockstep.samples").Sum.Points.Single().AsInt);
        Assert.InRange(Last(receiver, "node-0", "lockstep.step.duration").Histogram.Points.Single().Count, 1UL, (ulong)Steps);
        Assert.Equal("s", Last(receiver, "node-1", "lockstep.compute.duration").Unit);
        Assert.Equal(0, Last(receiver, Coordinator, "lockstep.digest.mismatches").Sum.Points.Single().AsInt); // there before anything has happened
        Assert.Equal(9, Last(receiver, Coordinator, "lockstep.faults").Sum.Points.Count); // a series for each kind
        Assert.Equal(7, Last(receiver, "node-1", "lockstep.refusals").Sum.Points.Count);
        Assert.Equal(0, Last(receiver, "node-1", "lockstep.steps.refused").Sum.Points.Single().AsInt);

        // :: 4  log lines under the trace of the step in which they were written
        Assert.Contains(receiver.Logs, l => l.Instance == "node-0" && l.Record.Body.StringValue.Contains("microbatches", StringComparison.Ordinal));
        Assert.Contains(receiver.Logs, l => l.Service == Coordinator && l.Record.TraceId.Length == 16 && l.Record.SpanId.Length == 8);
        Assert.Equal(await truth.DigestsAsync(Steps), TinyRun.Digests(folder));
    }

    [Fact]
    public async Task CoordinatorKilledInAStep_BothNodesAndTheNextCoordinator_InOneTrace()
    {
        const int steps = 150;
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = new ChaosCluster(truth.Options("telemetry-kill", nodes: 2, guests: 0, steps) with { Proxies = false, Environment = receiver.Environment });
        await using (var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches))
        using (var injector = new FaultInjector(cluster, watch, nodes: 2))
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.CommittedSteps > 20, TimeSpan.FromMinutes(2), "the run is on its way");
            await injector.KillCoordinatorAsync(seconds: 0.5);
        }
        await cluster.WaitForEndAsync(TimeSpan.FromMinutes(2));
        Assert.True(cluster.BadExits().Count == 0, cluster.Describe());

        var told = string.Join('\n', receiver.Own.Select(s => s.ToString()));
        var healed = receiver.Own.Where(s => s.Name == TelemetryNames.Step && s.Links.Any()).ToList();
        Assert.True(healed.Count > 0, told);
        foreach (var trace in healed.GroupBy(s => s.Trace))
        {
            var spans = receiver.Own.Where(s => s.Trace == trace.Key).ToList();
            Assert.Superset(new HashSet<string> { "node-0", "node-1" }, spans.Where(s => s.Name == TelemetryNames.Step).Select(s => s.Instance).ToHashSet());
            foreach (var step in trace)
            {
                var failed = Assert.Single(spans, s => s.Id == step.Links.Single());
                Assert.True(failed is { IsError: true, Name: TelemetryNames.Step } && failed.Instance == step.Instance && !step.IsError, $"{failed}\n{step}");
                Assert.True(failed[TelemetryNames.Generation]!.IntValue < step[TelemetryNames.Generation]!.IntValue);
            }
        }
        // The step that both had open: its root is of the coordinator that came after, and tells why.
        var root = Assert.Single(receiver.Own, s => s.Span.Events.Any(e => e.Name == TelemetryNames.FaultEvent && e.Attributes.Any(a => a.Key == TelemetryNames.FaultKind && a.Value.StringValue == "coordinator")));
        var killed = receiver.Own.Where(s => s.Trace == root.Trace && s.Name == TelemetryNames.Step && s != root).ToList();
        Assert.Contains(killed, s => s.Links.Any());
        Assert.All(killed, s => Assert.Equal((root.Id, ""), (s.Parent, root.Parent)));
        Assert.Equal(await truth.DigestsAsync(steps), TinyRun.Digests(cluster.RunFolder));
    }

    [Fact, Trait("Category", "Long")]
    public async Task NobodyListens_TheRunEndsAsEver_AndSaysNothingOfIt()
    {
        var folder = await TrainAsync("telemetry-nobody", new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{FreePort.Take()}" });
        Assert.Equal(await truth.DigestsAsync(Steps), TinyRun.Digests(folder));
        var log = await File.ReadAllTextAsync(Path.Combine(folder, "lockstep.log"));
        Assert.DoesNotContain("OpenTelemetry", log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("otlp", log, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Endpoint_DecidesWhetherOpenTelemetryIsLoaded(bool isSet)
    {
        var environment = isSet ? new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{FreePort.Take()}" } : [];
        var folder = truth.NewFolder($"telemetry-loaded-{isSet}");
        using var tool = Tool.StartWith(environment, folder, Train(folder, ChaosTruth.EndlessSteps));
        await TinyRun.ReachesAsync(Path.Combine(folder, "run"), 5, tool);
        foreach (var child in Children.Of(tool.Process.Id))
            Assert.Equal(isSet, (await File.ReadAllTextAsync($"/proc/{child}/maps")).Contains("OpenTelemetry", StringComparison.Ordinal));
        tool.Signal(2);
        Assert.True(await tool.ExitAsync() == 130, tool.Output);
    }

    private string[] Train(string folder, long steps) =>
        ["train", truth.Recipe, $"Run:Folder={Path.Combine(folder, "run")}", $"Data:Train={truth.Train}", $"Run:Steps={steps}", $"Telemetry:TraceEverySteps={Every}", "Run:CheckpointEverySteps=50", "--nodes", "2"];

    private async Task<string> TrainAsync(string name, IReadOnlyDictionary<string, string> environment)
    {
        var folder = truth.NewFolder(name);
        using var tool = Tool.StartWith(environment, folder, Train(folder, Steps));
        Assert.True(await tool.ExitAsync() == 0, tool.Output);
        return Path.Combine(folder, "run");
    }

    private static Metric Last(OtlpReceiver receiver, string who, string metric) =>
        receiver.Metrics.Last(m => (m.Service == who || m.Instance == who) && m.Metric.Name == metric).Metric;
}
