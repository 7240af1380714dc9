using System.Diagnostics;
using Lockstep.Node.Replica;
using Lockstep.Protos;

namespace Lockstep.Telemetry.Tests;

public sealed class NodeTelemetryTests
{
    [Fact]
    public void QuietSteps_OnlySampledOnesAreTold_UnderTheRoot()
    {
        using var listening = new Listening();
        using var node = new NodeScenario(every: 3);
        node.Adopt(1, "a", "b");
        for (var step = 0; step < 7; step++) node.Quiet(step);

        var steps = Steps(listening);
        Assert.Equal([2L, 5L], steps.Select(s => s.GetTagItem(TelemetryNames.StepNumber)));
        Assert.All(steps, s => Assert.Equal("sampled", s.GetTagItem(TelemetryNames.TraceReason)));
        Assert.All(steps, s => Assert.Equal(StepTrace.RootOf(NodeScenario.Run, (long)s.GetTagItem(TelemetryNames.StepNumber)!), Parent(s)));
        var parts = listening.Spans.Where(s => s.ParentSpanId == steps[0].SpanId).ToList();
        Assert.Equal(
            [TelemetryNames.Commit, TelemetryNames.Compute, TelemetryNames.Data, TelemetryNames.Optimizer, TelemetryNames.Reduce, TelemetryNames.Teacher],
            parts.Select(p => p.OperationName).Order());
        Assert.All(parts, p => Assert.Equal(steps[0].TraceId, p.TraceId));
        Assert.Equal([8, 2], new[] { TelemetryNames.Optimizer, TelemetryNames.Teacher }.Select(name => (int)parts.Single(p => p.OperationName == name).Duration.TotalMilliseconds));
        Assert.Equal(TimeSpan.FromMilliseconds(40), steps[0].Duration);
        Assert.Equal(7, listening.Measurements.Count(m => m.Instrument.Name == "lockstep.step.duration"));
        Assert.Equal(28, listening.Sum("lockstep.microbatches.computed"));
    }

    [Fact]
    public void CutOff_ThenAnotherGeneration_TwoAttempts_TheSecondLinkedToTheFirst()
    {
        using var listening = new Listening();
        using var node = new NodeScenario();
        node.Adopt(1, "a", "b");
        node.Telemetry.Began(0);
        node.Compute();
        node.Telemetry.Broke("slice 1 of b: connection reset");
        node.CutOff("reduce");
        node.Adopt(2, "a");
        node.Book(StepPhase.Reduce);
        node.Finish(0);

        var attempts = Steps(listening);
        Assert.Equal([1L, 2L], attempts.Select(s => s.GetTagItem(TelemetryNames.Generation)));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], attempts.Select(s => s.Status));
        Assert.Equal("exchange_broke", attempts[0].GetTagItem(TelemetryNames.ErrorType));
        Assert.Equal("slice 1 of b: connection reset", attempts[0].StatusDescription);
        Assert.Empty(attempts[0].Links);
        Assert.Equal(attempts[0].Context, Assert.Single(attempts[1].Links).Context);
        Assert.All(attempts, s => Assert.Equal("disturbed", s.GetTagItem(TelemetryNames.TraceReason)));
        Assert.Contains(listening.Spans, s => s.ParentSpanId == attempts[0].SpanId && s.OperationName == TelemetryNames.Compute && s.Status == ActivityStatusCode.Unset);
        Assert.Contains(listening.Spans, s => s.ParentSpanId == attempts[0].SpanId && s.OperationName == TelemetryNames.Reduce && s.Status == ActivityStatusCode.Error);
        Assert.DoesNotContain(listening.Spans, s => s.ParentSpanId == attempts[1].SpanId && s.OperationName == TelemetryNames.Compute);
        Assert.Contains(listening.Spans, s => s.ParentSpanId == attempts[1].SpanId && s.OperationName == TelemetryNames.Commit);
    }

    [Fact]
    public void PlanAtABoundary_NobodyGone_NothingIsTold() => Assert.Empty(AtTheBoundary("a", "b", "c"));

    [Fact]
    public void PlanAtABoundary_AMemberGone_TheStepBeforeIsTold() => Assert.Equal(0L, Assert.Single(AtTheBoundary("a")).GetTagItem(TelemetryNames.StepNumber));

    [Fact]
    public void CutOff_WhileTheStepIsApplied_IsNoFailure()
    {
        using var listening = new Listening();
        using var node = new NodeScenario();
        node.CutOffAfterReduce(0, "commit", "a", "b");
        node.Finish(0);
        Assert.Empty(listening.Spans);
    }

    [Fact]
    public void CutOff_ButCommittedAllTheSame_OneAttempt_ThatDidNotFail()
    {
        using var listening = new Listening();
        using var node = new NodeScenario();
        node.CutOffAfterReduce(0, "prepare", "a", "b");
        node.Finish(0);
        Assert.Equal("disturbed", Assert.Single(Steps(listening)).GetTagItem(TelemetryNames.TraceReason));
        Assert.All(listening.Spans, s => Assert.Equal(ActivityStatusCode.Unset, s.Status));
    }

    [Fact]
    public void Heal_OfAWrongState_IsLinkedToTheFailedAttempt_InTheStepsTrace()
    {
        using var listening = new Listening();
        using var node = new NodeScenario();
        node.CutOffAfterReduce(4, "prepare", "a", "b", "c");
        using (var heal = node.Telemetry.Heal(NodeScenario.Run, 4))
        {
            Assert.Equal(TelemetryNames.Heal, Activity.Current?.OperationName); // calls hang under it
            heal.Done();
        }
        var failed = Assert.Single(Steps(listening));
        var healed = listening.Spans[^1];
        Assert.Equal(failed.Context, Assert.Single(healed.Links).Context);
        Assert.Equal(failed.TraceId, healed.TraceId);
        Assert.Equal(1, listening.Measurements.Count(m => m.Instrument.Name == "lockstep.heal.duration"));
    }

    [Fact]
    public void Dispose_InAStep_TellsThatItWasNotFinished()
    {
        using var listening = new Listening();
        using (var node = new NodeScenario())
        {
            node.Adopt(1, "a");
            node.Telemetry.Began(0);
        }
        Assert.Equal("node_ended", Assert.Single(listening.Spans).GetTagItem(TelemetryNames.ErrorType));
    }

    private static List<Activity> AtTheBoundary(params string[] after)
    {
        using var listening = new Listening();
        using var node = new NodeScenario();
        node.Adopt(1, "a", "b");
        node.Quiet(0);
        node.Adopt(2, after);
        node.Quiet(1);
        return Steps(listening);
    }

    private static List<Activity> Steps(Listening listening) => [.. listening.Spans.Where(s => s.OperationName == TelemetryNames.Step).OrderBy(s => s.StartTimeUtc)];

    private static ActivityContext Parent(Activity span) => new(span.TraceId, span.ParentSpanId, ActivityTraceFlags.Recorded, isRemote: true);
}
