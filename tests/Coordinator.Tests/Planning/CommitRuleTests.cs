using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class CommitRuleTests
{
    [Fact]
    public void Prepared_NotYetAll_CommitsNothing() => Assert.Empty(Story.Running().Prepare(1, 0).Effects);

    [Fact]
    public void Prepared_AllEqual_CommitsOnAllNodesAndMovesTheReducerFirst()
    {
        var story = Story.Running().Prepare(1, 0).Prepare(2, 0);

        Assert.Equal(1, Assert.IsType<RunEffect.AdvanceReduce>(story.Effects[0]).Step);
        Assert.Equal([1, 2], story.All<RunEffect.SendCommit>().Select(send => send.Session));
        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.Equal(new Commit { Generation = 1, Step = 0 }, send.Commit));
        Assert.Equal(1, story.State.CommittedSteps);
        Assert.Equal((0, "d"), story.State.Agreed);
    }

    [Fact]
    public void Prepared_LastStep_CommitsItAsLastAndCompletes()
    {
        var story = Story.Running().CommitTo(10);

        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.True(send.Commit.Last));
        Assert.IsType<RunEffect.SendFinish>(story.Effects[^1]);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Outcome!.Outcome);
        Assert.Equal("all 10 steps are committed", story.Outcome.Reason);
    }

    [Fact]
    public void Prepared_AfterAStopRequest_CommitsThatStepAsLastAndStops()
    {
        var story = Story.Running().CommitTo(3).Prepare(1, 3).Happens(new RunEvent.StopRequested("Ctrl-C"));
        Assert.Null(story.Outcome);

        story.Prepare(2, 3);

        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.True(send.Commit.Last));
        Assert.Equal(Finish.Types.Outcome.Stopped, story.Outcome!.Outcome);
        Assert.Contains("Ctrl-C; committed steps: 4 of 10", story.Outcome.Reason);
    }

    [Fact]
    public void Prepared_SumsDiffer_FailsNamingWhoHoldsWhat()
    {
        var story = Story.Running(3).Prepare(1, 0, "s1").Prepare(2, 0, "s2").Prepare(3, 0, "s1");

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("different sums of step 0 (node-0, node-2: s1; node-1: s2)", story.Outcome.Reason);
        Assert.Empty(story.All<RunEffect.SendCommit>());
    }

    [Fact]
    public void Prepared_StatesDiffer_FailsNamingWhoHoldsWhat()
    {
        var story = Story.Running().Prepare(1, 0, state: "d1").Prepare(2, 0, state: "d2");

        Assert.Contains("states differ before step 0 (node-0: d1; node-1: d2)", story.Outcome!.Reason);
        Assert.Equal(0, story.State.CommittedSteps);
    }

    [Fact]
    public void Prepared_StaleGeneration_IsIgnoredWithAReason()
    {
        var story = Story.Running().Prepare(1, 0, generation: 0);

        Assert.Empty(story.Effects);
        Assert.Contains("ignored node-0's step 0 of generation 0", story.Reason);
        Assert.Null(story.State.Find(1)!.Prepared);
    }

    [Fact]
    public void Prepared_CommittedStepAgain_IsIgnoredWithAReason() =>
        Assert.Contains("it is committed", Story.Running().CommitTo(2).Prepare(1, 1).Reason);

    [Fact]
    public void Prepared_SameStepTwice_IsIgnoredWithAReason() =>
        Assert.Contains("prepared before", Story.Running().Prepare(1, 0).Prepare(1, 0, "other").Reason);

    [Fact]
    public void Prepared_StepOutOfTurn_Fails() =>
        Assert.Contains("node-0 prepared step 5, but step 2 comes next", Story.Running().CommitTo(2).Prepare(1, 5).Outcome!.Reason);

    [Fact]
    public void Prepared_BeforeAnyPlan_IsIgnoredWithAReason() =>
        Assert.Contains("no generation is running", new Story().Greet(1, Story.Hello("a")).Prepare(1, 0).Reason);
}
