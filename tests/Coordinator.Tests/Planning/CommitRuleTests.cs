using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class CommitRuleTests
{
    [Fact]
    public void Prepared_NotYetAll_CommitsNothing() => Assert.Empty(Story.Running().Prepare(1, 0).Effects);

    [Fact]
    public void Prepared_AllEqual_CommitsOnAllNodesAfterTheJournal()
    {
        var story = Story.Running().Prepare(1, 0).Prepare(2, 0);

        Assert.Equal(0, Assert.IsType<RunEffect.Record>(story.Effects[0]).Entry.StepCommitted.Step);
        Assert.Equal([1, 2], story.All<RunEffect.SendCommit>().Select(send => send.Session));
        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.Equal(new Commit { Generation = 1, Step = 0 }, send.Commit));
        Assert.Equal((1L, 8L), (story.State.CommittedSteps, story.State.ComputedMicrobatches));
        Assert.Equal((0, "d"), story.State.Agreed);
    }

    [Fact]
    public void Prepared_LastStep_CommitsItAsLastAndCompletes()
    {
        var story = Story.Running().CommitTo(10);

        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.True(send.Commit.Last));
        Assert.True(Assert.IsType<RunEffect.SendFinish>(story.Effects[^1]).Finish.Writes);
        Assert.Equal(Finish.Types.Outcome.Completed, story.Saves().Outcome!.Outcome);
        Assert.Equal("all 10 steps are committed", story.Outcome!.Reason);
    }

    [Fact]
    public void Prepared_AfterAStopRequest_CommitsThatStepAsLastAndStops()
    {
        var story = Story.Running().CommitTo(3).Prepare(1, 3).Happens(new RunEvent.StopRequested("Ctrl-C"));
        Assert.Null(story.Outcome);

        story.Prepare(2, 3);

        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.True(send.Commit.Last));
        Assert.Equal(Finish.Types.Outcome.Stopped, story.Saves().Outcome!.Outcome);
        Assert.Contains("Ctrl-C; committed steps: 4 of 10", story.Outcome!.Reason);
    }

    [Fact]
    public void Prepared_OutOfPlace_IsIgnoredWithAReason()
    {
        (Story Story, string Reason)[] cases =
        [
            (Story.Running().Prepare(1, 0, generation: 0), "ignored node-0's step 0 of generation 0"),
            (Story.Running().Prepare(1, 0, generation: 9), "the run is in generation 1"),
            (Story.Running().CommitTo(2).Prepare(1, 1), "it is committed"),
            (Story.Running().Prepare(1, 0).Prepare(1, 0, "other"), "prepared before"),
            (Story.Running().Greet(3, Story.Hello("node-2")).Prepare(3, 0), "it is in no generation"),
        ];
        Assert.All(cases, told => Assert.Contains(told.Reason, told.Story.Reason));
        Assert.All(cases, told => Assert.Empty(told.Story.Effects));
    }

    [Fact]
    public void Prepared_StepThatIsNotOpen_CostsTheNodeItsPlace()
    {
        var story = Story.Running().CommitTo(2).Prepare(1, 5);

        Assert.Contains("it prepared step 5, but step 2 is open", Assert.Single(story.State.Faults).Text);
        Assert.Equal("node-1 0-7", Story.Shares(story.Plan));
    }

    [Fact]
    public void Prepared_StateOfTheMinority_IsHealedFromAPeer()
    {
        var story = Story.Running(4).CommitTo(3).Prepare(1, 3).Prepare(2, 3, state: "wrong", sum: "s2").Prepare(3, 3).Prepare(4, 3);

        Assert.Equal((3, 2), (story.Plan.FirstStep, story.Plan.Generation));
        Assert.Equal("node-0 0-2, node-2 3-5, node-3 6-7, node-1 listens", Story.Shares(story.Plan));
        var healed = story.All<RunEffect.SendPlan>().Single(send => send.Session == 2).Plan;
        Assert.True(healed.DiscardState);
        Assert.Equal(3, healed.Donors.Count);
        Assert.DoesNotContain("http://node-1:1", healed.Donors);
        Assert.Empty(story.All<RunEffect.SendCommit>());
        Assert.Equal(("digest", "node-1"), (story.State.Faults[^1].Kind, story.State.Faults[^1].Node));

        // Back with the right state, it is a member again.
        story.Prepare(1, 3).Prepare(3, 3).Prepare(2, 3).Prepare(4, 3);
        Assert.Equal(4, story.State.Members.Count());
        Assert.False(story.State.Find(2)!.Discard);
    }

    [Fact]
    public void Prepared_StatesDifferWithoutMajority_FailsNamingWhoHoldsWhat()
    {
        var story = Story.Running().Prepare(1, 0, state: "d1").Prepare(2, 0, state: "d2");

        Assert.Contains("states differ before step 0, and no majority says which is right (node-0: d1; node-1: d2)", story.Outcome!.Reason);
        Assert.Equal(0, story.State.CommittedSteps);
    }

    [Fact]
    public void Prepared_SumsDiffer_IsRepeatedAndThenFailsNamingWhoHoldsWhat()
    {
        var story = Story.Running(3);
        for (var generation = 2; generation <= 4; generation++)
        {
            story.Prepare(1, 0, "s1").Prepare(2, 0, "s2").Prepare(3, 0, "s1");
            Assert.Equal(generation, story.Plan.Generation);
            Assert.Equal(Story.Shares(Story.Running(3).Plan), Story.Shares(story.Plan)); // nothing is computed again
            Assert.Equal(0, story.State.LostMicrobatches);
        }

        story.Prepare(1, 0, "s1").Prepare(2, 0, "s2").Prepare(3, 0, "s1");

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("different sums of step 0 (node-0, node-2: s1; node-1: s2), 4 times in a row", story.Outcome.Reason);
        Assert.Empty(story.All<RunEffect.SendCommit>());
    }
}
