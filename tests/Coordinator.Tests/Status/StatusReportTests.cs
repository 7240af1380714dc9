using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Status;
using Lockstep.Coordinator.Tests.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Status;

public sealed class StatusReportTests
{
    [Fact]
    public void Of_WaitingRun_SaysWhatItWaitsFor()
    {
        var story = new Story().Greet(1, Story.Hello("a")).Ready(1);

        var status = StatusReport.Of(story.State, 0, 0, story.Now);

        Assert.Equal(("waiting", 2), (status.Phase, status.ExpectedNodes));
        Assert.Equal("waiting for nodes: 1 of 2 ready", status.Reason);
        Assert.Equal("standby", Assert.Single(status.Nodes).State);
    }

    [Fact]
    public void Of_RunningRun_TellsPaceAndNodes()
    {
        var story = Story.Running();
        for (var step = 0; step < 5; step++) story.Later(2).Prepare(1, step).Prepare(2, step);
        story.Later(3);

        var status = StatusReport.Of(story.State, 100, 200, story.Now);

        Assert.Equal(("running", 5, 10), (status.Phase, status.CommittedSteps, status.TotalSteps));
        Assert.Equal(32, status.ImagesPerSecond, 6); // 64 images every 2 s
        Assert.Equal(0.05, status.DataWaitShare, 6); // 0.1 s of 2 s
        Assert.Equal((1.5, 100, 200), (status.Loss, status.ReduceBytesReceived, status.ReduceBytesSent));
        Assert.Equal((4, "d"), (status.StateDigestStep, status.StateDigest));
        Assert.Equal(("node-1", "computing", 4, 4, 0.25, 3.0), (status.Nodes[1].Node, status.Nodes[1].State, status.Nodes[1].FirstMicrobatch, status.Nodes[1].MicrobatchCount, status.Nodes[1].ComputeSeconds, status.Nodes[1].SilenceSeconds));
    }

    [Fact]
    public void Of_RunThatIsEvaluated_TellsTheNewestResult()
    {
        var story = Story.Running();
        Assert.Null(StatusReport.Of(story.State, 0, 0, story.Now).Knn);

        foreach (var step in new[] { 3, 3, 5, 4 }) // a scribe that comes new tells what it found in the folder
            story.Happens(new RunEvent.NodeHeard(1, new() { Phase = "compute", Knn = new() { Step = step, Accuracy = step / 10.0, Neighbours = 20 } }));
        story.Happens(new RunEvent.NodeHeard(2, new() { Phase = "compute" }));

        Assert.Equal((5, 0.5), (StatusReport.Of(story.State, 0, 0, story.Now).Knn.Step, StatusReport.Of(story.State, 0, 0, story.Now).Knn.Accuracy));
        Assert.Equal([3, 5], story.State.Knn.Select(knn => knn.Step));
    }

    [Fact]
    public void Of_RunningRun_TellsWhatTheMethodReports_AndItsAlarms()
    {
        var story = Story.Running().Prepare(1, 0).Prepare(2, 0);
        Assert.Empty(StatusReport.Of(story.State, 0, 0, story.Now).Values); // no step was applied before the first

        // A node that has just joined has none to tell of.
        story.Later(2).Prepare(1, 1).Happens(new RunEvent.NodePrepared(2, Told(1, 0.5, "uniform"))).Later(2);
        var status = StatusReport.Of(story.State, 0, 0, story.Now);
        Assert.Equal((1, 0.5), (status.ValuesStep, status.Values["kl"]));
        var alarm = Assert.Single(status.Alarms);
        Assert.Equal(("uniform", 1L, 2.0, "text of uniform"), (alarm.Kind, alarm.Step, alarm.AtSeconds, alarm.Text));

        story.Happens(new RunEvent.NodePrepared(1, Told(2, 0.4))).Happens(new RunEvent.NodePrepared(2, Told(2, 0.4)));
        status = StatusReport.Of(story.State, 0, 0, story.Now);
        Assert.Equal((2, 0.4), (status.ValuesStep, status.Values["kl"]));
        Assert.Single(status.Alarms); // it was said once

        static Prepared Told(long step, double kl, params string[] alarms) => new()
        {
            Generation = 1,
            Step = step,
            SumDigest = "s",
            StateDigest = "d",
            Values = { ["kl"] = kl },
            Alarms = { alarms.Select(kind => new RunAlarm { Kind = kind, Text = $"text of {kind}" }) },
        };
    }

    [Fact]
    public void Of_RunThatLostANode_TellsWhoAndWhatItCost()
    {
        var story = Story.Running().Later(2).Prepare(1, 0).Heard(2, "compute").Later(1).Lose(2);

        var status = StatusReport.Of(story.State, 0, 0, story.Now);

        Assert.Equal(("running", 1L, 2L, 1L), (status.Phase, status.Epoch, status.Generation, status.CommittedSteps)); // the survivor held the sum
        Assert.Equal("node-0", Assert.Single(status.Nodes).Node);
        Assert.Equal(("lost", "node-1", 3.0), (status.Faults[0].Kind, status.Faults[0].Node, status.Faults[0].AtSeconds));
    }

    [Fact]
    public void Of_EndedRun_TellsTheOutcome()
    {
        var story = Story.Running(1).Happens(new RunEvent.NodeFailed(1, "boom"));

        var status = StatusReport.Of(story.State, 0, 0, story.Now);

        Assert.Equal("failed", status.Phase);
        Assert.Contains("boom", status.Reason);
    }
}
