using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Telemetry.Tests;

/// <summary>What is emitted and what docs/telemetry.md lists are the same: both ways, names, kinds, units and attributes.</summary>
public sealed class SchemaTests
{
    private static readonly string[] BoundedAttributes = [TelemetryNames.Direction, TelemetryNames.ErrorType, TelemetryNames.NodeState, TelemetryNames.FaultKind, TelemetryNames.RefusalKind];

    [Fact]
    public void Spans_AreThoseOfTheDocs()
    {
        using var listening = Everything();
        var emitted = listening.Spans.GroupBy(s => s.OperationName).ToDictionary(g => g.Key, g => Names(g.SelectMany(s => s.TagObjects.Select(t => t.Key))));
        Assert.Equal(Lines(Schema.Spans), Lines(emitted));
    }

    [Fact]
    public void Events_AreThoseOfTheDocs()
    {
        using var listening = Everything();
        var emitted = listening.Spans.SelectMany(s => s.Events).GroupBy(e => e.Name).ToDictionary(g => g.Key, g => Names(g.SelectMany(e => e.Tags.Select(t => t.Key))));
        Assert.Equal(Lines(Schema.Events), Lines(emitted));
    }

    [Fact]
    public void Metrics_AreThoseOfTheDocs()
    {
        using var listening = Everything();
        Assert.Equal(
            Schema.Metrics.Select(m => $"{m.Name}, {m.Kind}, {m.Unit}").Order(),
            listening.Instruments.Values.Select(i => $"{i.Name}, {KindOf(i)}, {i.Unit}").Order());
        var emitted = listening.Measurements.GroupBy(m => m.Instrument.Name).ToDictionary(g => g.Key, g => Names(g.SelectMany(m => m.Attributes.Keys)));
        Assert.Equal(Lines(Schema.Metrics.ToDictionary(m => m.Name, m => m.Attributes)), Lines(emitted));
    }

    [Fact]
    public void Attributes_AreThoseOfTheDocs()
    {
        using var listening = Everything();
        var emitted = listening.Spans.SelectMany(s => s.TagObjects.Select(t => t.Key).Concat(s.Events.SelectMany(e => e.Tags.Select(t => t.Key)))).Concat(listening.Measurements.SelectMany(m => m.Attributes.Keys));
        Assert.Equal(Names(Schema.Attributes), Names(emitted));
    }

    [Fact]
    public void Metrics_HaveOnlyBoundedAttributes()
    {
        using var listening = Everything();
        Assert.Empty(listening.Measurements.SelectMany(m => m.Attributes.Keys).Except(BoundedAttributes));
    }

    // One of everything that can happen.
    private static Listening Everything()
    {
        var listening = new Listening();
        using (var node = new NodeScenario(every: 1))
        {
            node.Adopt(1, "a", "b");
            node.Quiet(0, writes: true);
            using (var written = node.Telemetry.Checkpoint(1)) written.Done();
            using (var failed = node.Telemetry.Checkpoint(1)) failed.Failed("io", "disk full");
            node.Telemetry.Began(1);
            node.Compute();
            node.CutOff("reduce");
            node.Adopt(2, "a");
            node.Book(Node.Replica.StepPhase.Reduce);
            node.CutOff("prepare");
            using (var healed = node.Telemetry.Heal(NodeScenario.Run, 1)) healed.Done();
            using (var alone = node.Telemetry.Heal(NodeScenario.Run, 1)) alone.Failed("no_donor", "nobody answers");
            listening.Observe();
        }
        using (var run = new RunScenario(every: 1))
        {
            run.Begin("a", "b", "c");
            run.Commit(1, 2, 3);
            run.Prepare(1, "digest");
            run.Happens(new RunEvent.NodeLost(2, "killed"));
            run.Commit(1, 3);
            run.Join(4, "d");
            run.Prepare(4, "digest");
            run.Commit(1, 3);
            run.Prepare(1, "digest");
            run.Prepare(3, "digest");
            run.Prepare(4, "another");
            listening.Observe();
        }
        using (var refusals = new Refusals(TimeProvider.System, NullLogger<Refusals>.Instance)) refusals.Note(RefusalKinds.Token, "10.0.0.1:1", "no token");
        return listening;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "Counter" => "counter",
        "Gauge" or "ObservableGauge" => "gauge",
        "ObservableUpDownCounter" => "updowncounter",
        var other => other,
    };

    private static string[] Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, string[]> attributes) => attributes.Select(a => $"{a.Key}: {string.Join(' ', a.Value.Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal);
}
