using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>The run is over when a node has written its end, and no other node goes before.</summary>
public sealed class EndWritingTests
{
    [Fact]
    public void LastCommit_TheScribeIsAsked_TheOthersWaitForItsWord()
    {
        var story = Story.Running(3).CommitTo(10);
        var asked = story.Single<RunEffect.SendFinish>();
        Assert.Equal((1, true, 1L), (asked.Session, asked.Finish.Writes, asked.Finish.Generation));
        Assert.Null(story.Outcome);

        Assert.Empty(story.Saves(2).Effects); // nobody asked it
        story.Saves(1);

        Assert.Equal(Finish.Types.Outcome.Completed, story.Single<RunEffect.Record>().Entry.RunEnded.Outcome);
        Assert.Equal([1, 2, 3], story.All<RunEffect.SendFinish>().Select(send => send.Session));
        Assert.All(story.All<RunEffect.SendFinish>(), send => Assert.False(send.Finish.Writes));
        Assert.Equal(Finish.Types.Outcome.Completed, story.Outcome!.Outcome);
    }

    [Fact]
    public void ScribeLost_TheNextIsAsked_UnderAnotherGeneration()
    {
        var story = Story.Running(3).CommitTo(10).Lose(1);

        var asked = story.Single<RunEffect.SendFinish>();
        Assert.Equal((2, true, 2L), (asked.Session, asked.Finish.Writes, asked.Finish.Generation));
        Assert.Equal(2, story.Single<RunEffect.Record>().Entry.GenerationBegun.Generation);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Saves(2).Outcome!.Outcome);
    }

    [Fact]
    public void ScribeIsHeardButGetsNothingDone_TheNextIsAsked()
    {
        var story = Story.Running(3).CommitTo(10);
        for (var tick = 0; tick < 4 * 290; tick++) Tick();
        Assert.Empty(story.All<RunEffect.SendFinish>());

        for (var tick = 0; tick < 4 * 20 && story.Effects.Count == 0; tick++) Tick();

        var asked = story.Single<RunEffect.SendFinish>();
        Assert.Equal((2, true), (asked.Session, asked.Finish.Writes));
        Assert.Contains("Is its disk well?", story.Reason);

        void Tick()
        {
            story.Later(0.25);
            for (var session = 1; session <= 3; session++) story.Heard(session, "after");
            story.Happens(new RunEvent.Tick());
        }
    }

    [Fact]
    public void ScribeSilent_TheNextIsAsked()
    {
        var story = Story.Running().CommitTo(10).Passes(40, 2);

        Assert.Equal((2, true), (story.Single<RunEffect.SendFinish>().Session, story.Single<RunEffect.SendFinish>().Finish.Writes));
        Assert.Empty(story.Saves(1).Effects); // it wakes too late
    }

    [Fact]
    public void OtherLost_ChangesNothing()
    {
        var story = Story.Running().CommitTo(10).Lose(2);

        Assert.Empty(story.All<RunEffect.SendFinish>());
        Assert.Equal(Finish.Types.Outcome.Completed, story.Saves(1).Outcome!.Outcome);
    }

    [Fact]
    public void AllLost_TheRunWaits_AndCompletesWithWhoComesBack()
    {
        var story = Story.Running().CommitTo(10).Lose(1).Lose(2);
        Assert.Equal((RunPhase.Waiting, null), (story.State.Phase, story.Outcome));
        Assert.Equal(["node-0", "node-1"], story.State.Awaited);

        story.Join(3, Story.Hello("node-0", 9)).Join(4, Story.Hello("node-1", 10));

        Assert.Equal((4, true), (story.Single<RunEffect.SendFinish>().Session, story.Single<RunEffect.SendFinish>().Finish.Writes));
        Assert.Equal(Finish.Types.Outcome.Completed, story.Saves(4).Outcome!.Outcome);
    }

    [Fact]
    public void AllLost_NobodyHasTheLastStep_ItIsComputedAgain()
    {
        var story = Story.Running().CommitTo(10).Lose(1).Lose(2).Join(3, Story.Hello("node-0", 9)).Join(4, Story.Hello("node-1", 9));

        Assert.Equal(9, story.Plan.FirstStep);
        story.CommitTo(10);
        Assert.True(story.Single<RunEffect.SendFinish>().Finish.Writes);
    }

    [Fact]
    public void AllFailed_FailsTheRun()
    {
        var story = Story.Running().CommitTo(10).Happens(new RunEvent.NodeFailed(1, "disk is full")).Happens(new RunEvent.NodeFailed(2, "disk is full"));

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("node-1 was lost while the run ends: it failed: disk is full", story.Outcome.Reason);
    }

    [Fact]
    public void Stopped_AllLost_IsTheEnd()
    {
        var story = Story.Running().CommitTo(3).Happens(new RunEvent.StopRequested("Ctrl-C")).CommitTo(4);
        Assert.True(story.Single<RunEffect.SendFinish>().Finish.Writes);

        Assert.Null(story.Lose(1).Outcome);
        Assert.Equal(Finish.Types.Outcome.Stopped, story.Lose(2).Outcome!.Outcome);
    }

    [Fact]
    public void Stop_AtOnce_WaitsForNobody() =>
        Assert.Equal(2, Story.Running().CommitTo(10).Happens(new RunEvent.StopRequested("Ctrl-C", AtOnce: true)).All<RunEffect.SendFinish>().Count);

    [Fact]
    public void Greeted_IsSentAwayForNow()
    {
        var story = Story.Running().CommitTo(10).Greet(3, Story.Hello("node-2"));

        Assert.True(story.Single<RunEffect.Reject>().Retry);
        Assert.Contains("the run is ending", story.Single<RunEffect.Reject>().Reason);
    }

    [Fact]
    public void Leave_OfANodeThatDoesNotWrite_IsGrantedAtOnce()
    {
        var story = Story.Running().CommitTo(10).Happens(new RunEvent.NodeLeave(2, "SIGTERM"));
        Assert.Equal((2, Finish.Types.Outcome.Left), (story.Single<RunEffect.SendFinish>().Session, story.Single<RunEffect.SendFinish>().Finish.Outcome));

        Assert.Empty(story.Happens(new RunEvent.NodeLeave(1, "SIGTERM")).Effects);
    }
}
