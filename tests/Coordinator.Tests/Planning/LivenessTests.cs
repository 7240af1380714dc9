using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>Losses: the survivors finish the step, and only what the lost ones held is computed again.</summary>
public sealed class LivenessTests
{
    private static readonly RunSettings Long = Story.TwoNodes with { Steps = 100 };

    [Fact]
    public void Lost_InTheMiddleOfAStep_SharesOnlyWhatWasLost()
    {
        var story = Story.Running(4, Long).CommitTo(17).Prepare(1, 17).Heard(4, "compute").Later(12).Lose(4);

        Assert.Equal((17, 2), (story.Plan.FirstStep, story.Plan.Generation));
        Assert.Equal(2, story.State.LostMicrobatches);
        Assert.All(story.Plan.Members, member => Assert.True(member.FirstWork.ToSet(8).Contains(new MicrobatchBlock(2 * member.NodeIndex, 2)), Story.Shares(story.Plan)));
        Assert.Equal(8, story.Plan.Members.Sum(member => member.FirstWork.Sum(range => range.Count)));
        Assert.Equal(8, story.Plan.Members.Sum(member => member.Work.Count));
        Assert.Equal(["node-0", "node-1", "node-2"], story.Plan.Members.Select(member => member.Node));
        Assert.Equal(
            "node-3 was lost: its session ended: connection reset (last seen 12.0 s ago in phase compute; its microbatches [6, 8) of step 17 are taken over)",
            Assert.Single(story.State.Faults).Text);
        Assert.True(story.Single<RunEffect.Reject>().Retry);
    }

    [Fact]
    public void Lost_AgainInTheSameStep_KeepsWhatWasSharedOutBefore()
    {
        var story = Story.Running(4).Lose(4);
        var before = story.Plan.Members.ToDictionary(member => member.Node, member => member.FirstWork.ToSet(8));

        story.Lose(3);

        Assert.All(story.Plan.Members, member => Assert.True(before[member.Node].Except(member.FirstWork.ToSet(8)).IsEmpty));
        Assert.Equal(2 + before["node-2"].Count, story.State.LostMicrobatches);
    }

    [Fact]
    public void Lost_WhenAllSurvivorsArePrepared_CommitsAtOnceAndGoesOnInANewGeneration()
    {
        var story = Story.Running(3).Prepare(1, 0).Prepare(2, 0).Lose(3);

        Assert.Equal([1, 2], story.All<RunEffect.SendCommit>().Select(send => send.Session));
        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.Equal((1, 0, 2, 1), (send.Commit.Generation, send.Commit.Step, send.Commit.Next.Generation, send.Commit.Next.FirstStep)));
        Assert.Equal((1L, 0L), (story.State.CommittedSteps, story.State.LostMicrobatches));
        Assert.Equal("node-0 0-3, node-1 4-7", Story.Shares(story.Plan));
    }

    [Fact]
    public void Lost_OneThatListens_CostsNobodyAnything()
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).Lose(3);

        Assert.Equal("node-0 0-3, node-1 4-7", Story.Shares(story.Plan));
        Assert.Contains("it was catching up", story.State.Faults[^1].Text);
        Assert.Equal(0, story.State.LostMicrobatches);
    }

    [Fact]
    public void Lost_AllOneAfterTheOtherInAStep_AreAllWaitedFor()
    {
        var story = Story.Running(3).CommitTo(2).Lose(2).Lose(3).Lose(1);
        Assert.Equal(["node-0", "node-1", "node-2"], story.State.Awaited.Order());

        story.Join(4, Holding("node-0", 2, 0, 8));

        Assert.Equal(RunPhase.Waiting, story.State.Phase);
    }

    [Fact]
    public void Lost_InAnEarlierStep_IsNotWaitedFor() =>
        Assert.Equal(["node-0", "node-1"], Story.Running(3).Lose(3).CommitTo(1).Lose(1).Lose(2).State.Awaited.Order());

    [Fact]
    public void Lost_WhileTheOthersAreWaitedFor_TheWaitBeginsAnewWithTheNextOne()
    {
        var story = Story.Running().CommitTo(3).Lose(1).Lose(2).Join(3, Holding("node-1", 3, 4, 4)).Lose(3).Passes(60);

        story.Join(4, Holding("node-1", 3, 4, 4));

        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        story.Passes(9.5, 4);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        story.Passes(1, 4);
        Assert.Equal(RunPhase.Running, story.State.Phase);
    }

    [Fact]
    public void Ready_WithMoreStepsThanAreCommitted_AllGatherAtItsStep()
    {
        var story = Story.Running().CommitTo(5).Lose(1).Lose(2).Join(3, Story.Hello("node-2")).Passes(11, 3);
        Assert.Equal((RunPhase.Running, 0L), (story.State.Phase, story.State.CommittedSteps)); // nobody else came
        story.CommitTo(2);

        story.Join(4, Holding("node-0", 5, 0, 4));

        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        Assert.Equal((3, true), (story.Single<RunEffect.Reject>().Session, story.Single<RunEffect.Reject>().Retry));
        Assert.Equal("ahead", story.State.Faults[^1].Kind);
        story.Join(5, Holding("node-2", 2, 0, 0));
        Assert.Equal((RunPhase.Running, 5L), (story.State.Phase, story.State.CommittedSteps));
        Assert.Equal("node-0 0-7, node-2 listens", Story.Shares(story.Plan));
    }

    [Fact]
    public void Lost_All_WaitsForThemAndGoesOnWithWhatTheyHold()
    {
        var story = Story.Running().CommitTo(3).Passes(34);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        Assert.Equal(["node-0", "node-1"], story.State.Awaited);
        Assert.Single(story.All<RunEffect.EndReduce>());

        story.Join(3, Holding("node-1", 3, 4, 4));
        Assert.Empty(story.Effects);
        story.Passes(9.5, 3);
        Assert.Empty(story.Effects);
        story.Passes(1, 3);

        Assert.Equal((3, "node-1 0-7"), (story.Plan.FirstStep, Story.Shares(story.Plan)));
        Assert.Equal(4, story.State.LostMicrobatches);
    }

    [Fact]
    public void Lost_AllButTheyReturn_GoesOnAtOnceAndNothingIsComputedAgain()
    {
        var story = Story.Running().CommitTo(3).Passes(34).Join(3, Holding("node-1", 3, 4, 4)).Join(4, Holding("node-0", 3, 0, 4));

        Assert.Equal("node-0 0-3, node-1 4-7", Story.Shares(story.Plan));
        Assert.Equal(0, story.State.LostMicrobatches);
    }

    [Fact]
    public void Lost_AllAndNobodyHoldsTheLastSteps_TheyAreComputedAgain()
    {
        var story = Story.Running().CommitTo(7).Passes(34).Join(3, Story.Hello("node-0", 5)).Join(4, Story.Hello("node-1", 5));

        Assert.Equal((5, 5L), (story.Plan.FirstStep, story.State.CommittedSteps));
        Assert.Contains("steps 5 to 6 were committed, but no node holds them: they are computed again", story.Reason);
    }

    [Fact]
    public void Lost_OnlyHalfFetchedStatesReturn_WaitsForOneThatHoldsAState()
    {
        var story = Story.Running().CommitTo(3).Lose(1).Lose(2).Join(3, Story.Hello("node-0", step: -1, digest: "half")).Passes(5, 3);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);

        story.Join(4, Story.Hello("node-1", 3));

        Assert.Equal("node-1 0-7, node-0 listens", Story.Shares(story.Plan));
        Assert.Equal(3, story.Plan.FirstStep);
    }

    [Fact]
    public void Lost_FewerThanMinNodesLeft_LetsTheSurvivorsGoUntilEnoughAreThere()
    {
        var story = Story.Running(3, Long with { MinNodes = 2 }).CommitTo(3).Lose(1);
        Assert.Equal(RunPhase.Running, story.State.Phase);

        story.Lose(2);

        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        Assert.Contains(story.All<RunEffect.Reject>(), reject => reject is { Session: 3, Retry: true });
        story.Join(4, Holding("node-2", 3, 4, 4)).Passes(15, 4);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        story.Join(5, Story.Hello("node-1", 3)).Passes(10.5, 4, 5); // node-0 was lost in this step, too
        Assert.Equal("node-1 0-1, node-2 2-7", Story.Shares(story.Plan));
    }

    [Fact]
    public void Lost_AllAfterAStopRequest_StopsInsteadOfWaiting()
    {
        var story = Story.Running().Happens(new RunEvent.StopRequested("Ctrl-C")).Lose(1).Lose(2);

        Assert.Equal(Finish.Types.Outcome.Stopped, story.Outcome!.Outcome);
    }

    [Fact]
    public void Tick_NodeSilentForTheWholeTimeout_CountsAsLost()
    {
        var story = Story.Running().Passes(32, 2); // 30 s, and 3 s since its process has just begun
        Assert.Empty(story.Effects);

        story.Passes(2, 2);

        Assert.Equal("node-1 0-7", Story.Shares(story.Plan));
        Assert.Equal(("silent", "node-0"), (story.State.Faults[0].Kind, story.State.Faults[0].Node));
    }

    [Fact]
    public void Tick_NodeThatGetsNothingDone_CountsAsStuck()
    {
        var story = Story.Running();
        while (story.Effects.Count == 0 || story.Now == TimeSpan.Zero)
            story.Later(0.25).Heard(1, "compute", progress: 7).Heard(2, "reduce", progress: 3, waitsFor: "slice 2 of node-0").Happens(new RunEvent.Tick());

        Assert.InRange(story.Now.TotalSeconds, 300, 302);

        Assert.Equal("node-1 0-7", Story.Shares(story.Plan));
        Assert.Equal(("stuck", "node-0"), (story.State.Faults[0].Kind, story.State.Faults[0].Node));
    }

    [Fact]
    public void Tick_AfterThePauseOfTheCoordinatorItself_NobodyIsLost()
    {
        var story = Story.Running().Passes(1, 1, 2).Later(60).Happens(new RunEvent.Tick());
        Assert.Empty(story.Effects);

        story.Passes(32, 2);
        Assert.Equal(2, story.State.Members.Count());
        story.Passes(3, 2);
        Assert.Equal("node-1", Assert.Single(story.State.Members).Name);
    }

    [Fact]
    public void Lost_WhileWaiting_MakesRoomForAnother()
    {
        var story = new Story().Join(1, Story.Hello("a")).Lose(1);

        Assert.Null(story.Outcome);
        Assert.Empty(story.State.Nodes);
        story.Greet(2, Story.Hello("a")).Greet(3, Story.Hello("b")).Ready(2).Ready(3);
        Assert.Equal(RunPhase.Running, story.State.Phase);
    }

    [Fact]
    public void Tick_SilentWhileWaiting_ClosesThatSession()
    {
        var story = new Story().Greet(1, Story.Hello("a")).Passes(34);

        Assert.Equal(1, story.Single<RunEffect.Reject>().Session);
        Assert.Null(story.Outcome);
    }

    [Fact]
    public void Failed_OneOfTwo_TheOtherGoesOn()
    {
        var story = Story.Running().CommitTo(2).Happens(new RunEvent.NodeFailed(2, "disk is full."));

        Assert.Equal("node-0 0-7", Story.Shares(story.Plan));
        Assert.Contains("it failed: disk is full", story.State.Faults[0].Text);
    }

    [Fact]
    public void Failed_TheLastMember_FailsTheRunWithItsWords()
    {
        var story = Story.Running().CommitTo(2).Lose(1).Happens(new RunEvent.NodeFailed(2, "disk is full."));

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("node-1 was lost: it failed: disk is full", story.Outcome.Reason);
        Assert.Contains("committed steps: 2. Start the run again", story.Outcome.Reason);
    }

    [Fact]
    public void Stop_WhileWaiting_StopsAtOnce() =>
        Assert.Equal(Finish.Types.Outcome.Stopped, new Story().Greet(1, Story.Hello("a")).Happens(new RunEvent.StopRequested("Ctrl-C")).Outcome!.Outcome);

    [Fact]
    public void CompleteRun_WithoutNodes_EndsAfterFiveMinutes()
    {
        var story = Complete().Passes(299);
        Assert.Null(story.Outcome);
        var outcome = story.Passes(2).Outcome!;
        Assert.Equal(Finish.Types.Outcome.Completed, outcome.Outcome);
        Assert.Contains("all 10 steps were committed before; no node has been here for 5 minutes", outcome.Reason);
    }

    [Fact]
    public void CompleteRun_WhoseNodeWasHereAMomentAgo_WaitsForItAsLongAgain()
    {
        var story = Complete().Later(400).Greet(1, Story.Hello("node-0", 8)).Lose(1).Passes(299);
        Assert.Null(story.Outcome);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Passes(2).Outcome!.Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CompleteRun_OneOfItsNodes_HearsOfTheEndWithoutTheOthers(int minNodes)
    {
        var story = Complete(Story.TwoNodes with { MinNodes = minNodes }).Join(1, Story.Hello("node-0", 10)).Passes(20, 1);
        Assert.Equal(Finish.Types.Outcome.Completed, story.State.Ending!.Outcome);
    }

    [Fact]
    public void CompleteRun_OneNodeThatHoldsLess_DoesNotBeginAgainAlone()
    {
        var story = Complete().Join(1, Story.Hello("node-0", 8)).Passes(1000, 1);
        Assert.Equal((RunPhase.Waiting, 10, true), (story.State.Phase, story.State.CommittedSteps, story.State.WasComplete));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CompleteRun_Stopped_IsStillComplete(bool nodeWaits)
    {
        var story = nodeWaits ? Complete().Join(1, Story.Hello("node-0", 8)) : Complete();
        Assert.Equal(Finish.Types.Outcome.Completed, story.Happens(new RunEvent.StopRequested("Ctrl-C")).Outcome!.Outcome);
    }

    [Fact]
    public void CompleteRun_WhoseNodesHaveLostTheEnd_ComputesItAgain_HoweverLongTheyAreAway()
    {
        var story = Complete().Join(1, Story.Hello("node-0", 8)).Join(2, Story.Hello("node-1", 8)).Passes(10.5, 1, 2);
        Assert.Equal((RunPhase.Running, 8), (story.State.Phase, story.State.CommittedSteps));
        story.Lose(1).Lose(2).Passes(400);
        Assert.Null(story.Outcome);
    }

    private static Story Complete(RunSettings? settings = null) => new Story(settings).From(state => state with { WasComplete = true, CommittedSteps = 10, TotalSteps = 10 });

    [Fact]
    public void Stop_AtOnceWhileRunning_DoesNotWaitForTheStep() =>
        Assert.Equal(Finish.Types.Outcome.Stopped, Story.Running().Happens(new RunEvent.StopRequested("Ctrl-C", AtOnce: true)).Outcome!.Outcome);

    [Fact]
    public void Lost_AfterTheEnd_IsANodeThatLeft()
    {
        var story = Story.Running().CommitTo(10).Saves().Lose(1).Later(1000).Happens(new RunEvent.Tick());

        Assert.Equal(NodeStage.Left, story.State.Find(1)!.Stage);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Outcome!.Outcome);
        Assert.Empty(story.Effects);
    }

    [Fact]
    public void FromNode_UnknownSession_ChangesNothing()
    {
        var story = Story.Running();
        var before = story.State;

        Assert.Same(before, story.Lose(99).State);
    }

    private static Hello Holding(string node, long step, int first, int count)
    {
        var hello = Story.Hello(node, step);
        (hello.Run, hello.Generation, hello.Epoch) = (Story.Run, 2, 1);
        hello.Held.Add(new MicrobatchRange { First = first, Count = count });
        return hello;
    }
}
