using System.Diagnostics;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Telemetry.Tests;

public sealed class RunTelemetryTests
{
    [Fact]
    public void QuietSteps_SampledOnesHaveARoot_WithTheWaitForTheLastNode()
    {
        using var listening = new Listening();
        using var run = new RunScenario(every: 2);
        run.Begin("a", "b", "c");
        for (var step = 0; step < 5; step++) run.Commit(1, 3, 2);

        Assert.Equal(5, run.State.CommittedSteps);
        var roots = Roots(listening);
        Assert.Equal([1L, 3L], roots.Select(r => r.GetTagItem(TelemetryNames.StepNumber)));
        Assert.All(roots, r => Assert.Equal(StepTrace.RootOf(RunScenario.Run, (long)r.GetTagItem(TelemetryNames.StepNumber)!).SpanId, r.SpanId));
        Assert.All(roots, r => Assert.Equal(default, r.ParentSpanId));
        Assert.Equal(TimeSpan.FromMilliseconds(30), roots[0].Duration);
        var commit = listening.Spans.First(s => s.ParentSpanId == roots[0].SpanId);
        Assert.Equal((TelemetryNames.Commit, "b", TimeSpan.FromMilliseconds(20)), (commit.OperationName, commit.GetTagItem(TelemetryNames.LastNode), commit.Duration));
        Assert.Equal(80, listening.Sum("lockstep.samples"));
        Assert.Equal(1, listening.Sum("lockstep.generations"));
        Assert.Equal(5 * 4, listening.Sum("lockstep.microbatches.recomputed")); // three times 4 of 8
    }

    [Fact]
    public void NodeLostInAStep_TheRootTellsOfIt()
    {
        using var listening = new Listening();
        using var run = new RunScenario(every: 0);
        run.Begin("a", "b", "c");
        run.Commit(1, 2, 3);
        run.Prepare(1, "digest");
        run.Happens(new RunEvent.NodeLost(2, "killed"));
        run.Commit(1, 3);
        run.Commit(1, 3);

        var root = Assert.Single(Roots(listening));
        Assert.Equal((1L, "disturbed"), (root.GetTagItem(TelemetryNames.StepNumber), root.GetTagItem(TelemetryNames.TraceReason)));
        Assert.Equal([TelemetryNames.FaultEvent, TelemetryNames.GenerationEvent], root.Events.Select(e => e.Name));
        Assert.Contains(root.Events.First().Tags, tag => tag is { Key: TelemetryNames.Node, Value: "b" });
        Assert.Equal(1, listening.Sum("lockstep.faults", TelemetryNames.FaultKind, "lost"));
        Assert.True(listening.Sum("lockstep.microbatches.lost") > 0);
    }

    [Fact]
    public void NodeLost_WhenAllOthersHoldTheSum_IsToldWithTheCommit()
    {
        using var listening = new Listening();
        using var run = new RunScenario(every: 0);
        run.Begin("a", "b", "c");
        run.Prepare(1, "digest");
        run.Prepare(3, "digest");
        run.Happens(new RunEvent.NodeLost(2, "killed"));
        Assert.Equal(1, run.State.CommittedSteps);
        Assert.Equal(0L, Assert.Single(Roots(listening)).GetTagItem(TelemetryNames.StepNumber));
    }

    [Fact]
    public void StatesDiffer_IsCounted()
    {
        using var listening = new Listening();
        using var run = new RunScenario(every: 0);
        run.Begin("a", "b", "c");
        run.Prepare(1, "digest");
        run.Prepare(2, "another");
        run.Prepare(3, "digest");
        Assert.Equal(1, listening.Sum("lockstep.digest.mismatches"));
        Assert.Equal(2, listening.Sum("lockstep.generations"));
    }

    [Fact]
    public void StartedAgain_TheOpenStepIsDisturbed()
    {
        using var first = new RunScenario(every: 0);
        var before = first.State with { Epoch = 2, Generation = 7, CommittedSteps = 4, HasBegun = true, Awaited = ["a", "b", "c"], Faults = [new(TimeSpan.Zero, "coordinator", "", 4, "the coordinator was started again")] };
        using var listening = new Listening();
        using var run = new RunScenario(every: 0, before);
        run.Begin("a", "b", "c");
        run.Commit(1, 2, 3);
        run.Commit(1, 2, 3);
        var root = Assert.Single(Roots(listening));
        Assert.Equal((4L, 8L), (root.GetTagItem(TelemetryNames.StepNumber), root.GetTagItem(TelemetryNames.Generation)));
        Assert.Equal([TelemetryNames.FaultEvent, TelemetryNames.GenerationEvent], root.Events.Select(e => e.Name));
        Assert.Equal(1, listening.Sum("lockstep.faults", TelemetryNames.FaultKind, "coordinator"));
    }

    private static List<Activity> Roots(Listening listening) => [.. listening.Spans.Where(s => s.OperationName == TelemetryNames.Step)];
}
