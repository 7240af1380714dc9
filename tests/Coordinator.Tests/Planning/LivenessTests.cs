using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class LivenessTests
{
    private static readonly RunSettings Long = Story.TwoNodes with { Steps = 100 };

    [Fact]
    public void Lost_WhileRunning_FailsWithStepPhaseAndRemedy()
    {
        var story = Story.Running(settings: Long).CommitTo(17).Happens(new RunEvent.NodeHeard(2, "compute", 17)).Later(12).Happens(new RunEvent.NodeLost(2, "reset"));

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Equal(
            "node-1 was lost at step 17 (last seen in phase compute 12 s ago); committed steps: 17. Start the run again to resume from its last checkpoint.",
            story.Outcome.Reason);
        Assert.Contains(story.All<RunEffect.SendFinish>(), send => send.Session == 1);
        Assert.Equal(NodeStage.Lost, story.State.Find(2)!.Stage);
    }

    [Fact]
    public void Tick_NodeSilentForTheWholeTimeout_CountsAsLost()
    {
        var story = Story.Running().Happens(new RunEvent.NodeHeard(1, "reduce", 0)).Later(29.9).Happens(new RunEvent.NodeHeard(2, "load", 0)).Happens(new RunEvent.Tick());
        Assert.Null(story.Outcome);

        story.Later(0.1).Happens(new RunEvent.Tick());

        Assert.Contains("node-0 was lost at step 0 (last seen in phase reduce 30 s ago)", story.Outcome!.Reason);
        Assert.DoesNotContain("node-1", story.Outcome.Reason);
    }

    [Fact]
    public void Lost_WhileWaiting_MakesRoomForAnother()
    {
        var story = new Story().Greet(1, Story.Hello("a")).Ready(1).Happens(new RunEvent.NodeLost(1, "gone"));

        Assert.Null(story.Outcome);
        Assert.Empty(story.State.Nodes);
        story.Greet(2, Story.Hello("a")).Greet(3, Story.Hello("b")).Ready(2).Ready(3);
        Assert.Equal(RunPhase.Running, story.State.Phase);
    }

    [Fact]
    public void Tick_SilentWhileWaiting_ClosesThatSession()
    {
        var story = new Story().Greet(1, Story.Hello("a")).Later(31).Happens(new RunEvent.Tick());

        Assert.Equal(1, story.Single<RunEffect.Reject>().Session);
        Assert.Null(story.Outcome);
    }

    [Fact]
    public void Failed_AtAnyTime_FailsTheRunWithTheNodesWords()
    {
        var story = Story.Running().CommitTo(2).Happens(new RunEvent.NodeFailed(2, "disk is full."));

        Assert.Equal("node-1 failed at step 2: disk is full; committed steps: 2. Start the run again to resume from its last checkpoint.", story.Outcome!.Reason);
    }

    [Fact]
    public void Leave_WhileRunning_EndsTheRunAtTheNextStepBoundary()
    {
        var story = Story.Running().Happens(new RunEvent.NodeLeave(2, "node-1 received SIGTERM"));
        Assert.Null(story.Outcome);

        story.CommitTo(1);

        Assert.Equal(Finish.Types.Outcome.Stopped, story.Outcome!.Outcome);
        Assert.Contains("node-1 received SIGTERM; committed steps: 1 of 10", story.Outcome.Reason);
    }

    [Fact]
    public void Stop_WhileWaiting_StopsAtOnce() =>
        Assert.Equal(Finish.Types.Outcome.Stopped, new Story().Greet(1, Story.Hello("a")).Happens(new RunEvent.StopRequested("Ctrl-C")).Outcome!.Outcome);

    [Fact]
    public void Stop_AtOnceWhileRunning_DoesNotWaitForTheStep() =>
        Assert.Equal(Finish.Types.Outcome.Stopped, Story.Running().Happens(new RunEvent.StopRequested("Ctrl-C", AtOnce: true)).Outcome!.Outcome);

    [Fact]
    public void Lost_AfterTheEnd_IsANodeThatLeft()
    {
        var story = Story.Running().CommitTo(10).Happens(new RunEvent.NodeLost(1, "closed")).Later(1000).Happens(new RunEvent.Tick());

        Assert.Equal(NodeStage.Left, story.State.Find(1)!.Stage);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Outcome!.Outcome);
        Assert.Empty(story.Effects);
    }

    [Fact]
    public void FromNode_UnknownSession_ChangesNothing()
    {
        var story = Story.Running();
        var before = story.State;

        Assert.Same(before, story.Happens(new RunEvent.NodeLost(99, "")).State);
    }
}
