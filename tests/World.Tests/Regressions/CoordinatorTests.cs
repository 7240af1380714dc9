using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.World.Tests.Regressions;

/// <summary>Faults of the coordinator's decisions that schedules have found; the numbers are their seeds.</summary>
public sealed class CoordinatorTests
{
    [Fact] // 577
    public void LastMember_Leaves_RunGoesOnWithFewerThanExpected()
    {
        var story = Running().Happens(new RunEvent.NodeLost(2, "gone")).Happens(new RunEvent.NodeLeave(1, "asked")).Prepares(1, "d0");
        Assert.Equal(RunPhase.Waiting, story.State.Phase);

        story.Greets(3, CoordinatorStory.Hello("c", step: 1, run: CoordinatorStory.Run, generation: 2)).Later(9);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        story.Later(2);
        Assert.Equal(RunPhase.Running, story.State.Phase);
    }

    [Fact] // 1244, 1410
    public void RunTakenOver_ANodeIsGoneForGood_GoesOnAfterTheWait()
    {
        var story = new CoordinatorStory(new("ffffffffffffffffffffffffffffffff", CoordinatorStory.Settings) { MayAdopt = true, Epoch = 1 });
        story.Greets(1, CoordinatorStory.Hello("a", step: 4, run: CoordinatorStory.Run, generation: 7, epoch: 3)).Later(9);
        Assert.Equal((RunPhase.Waiting, CoordinatorStory.Run, 4L), (story.State.Phase, story.State.Run, story.State.Epoch));
        story.Later(2);
        Assert.Equal((RunPhase.Running, 8L, 4L), (story.State.Phase, story.State.Generation, story.State.CommittedSteps));
    }

    [Fact] // 314, 1009654
    public void RunTakenOver_ANodeWasWelcomedBefore_ItJoinsAgain()
    {
        var story = new CoordinatorStory(new("ffffffffffffffffffffffffffffffff", CoordinatorStory.Settings) { MayAdopt = true, Epoch = 1 });
        story.Greets(1, CoordinatorStory.Hello("a"));
        story.Happens(new RunEvent.NodeGreeted(2, CoordinatorStory.Hello("b", step: 4, run: CoordinatorStory.Run, generation: 7, epoch: 3)));
        Assert.Contains(story.Effects, effect => effect is RunEffect.Reject { Session: 1, Retry: true });

        // It was only told of the other run.
        story.Happens(new RunEvent.NodeReady(2)).Greets(3, CoordinatorStory.Hello("a", run: "ffffffffffffffffffffffffffffffff", epoch: 1));
        Assert.Equal((RunPhase.Running, 2), (story.State.Phase, story.State.Nodes.Length));
    }

    [Fact]
    public void RunTakenOver_ASurvivorHasSeenMoreStarts_IsNoFence()
    {
        var story = new CoordinatorStory(new("ffffffffffffffffffffffffffffffff", CoordinatorStory.Settings) { MayAdopt = true, Epoch = 1 });
        story.Greets(1, CoordinatorStory.Hello("a", step: 2, run: CoordinatorStory.Run)); // began again from a checkpoint
        story.Greets(2, CoordinatorStory.Hello("b", step: 4, run: CoordinatorStory.Run, generation: 7, epoch: 3));
        Assert.Equal((null, 4L), (story.State.Outcome, story.State.Epoch));

        story.Happens(new RunEvent.NodeGreeted(3, CoordinatorStory.Hello("c", step: 4, run: CoordinatorStory.Run, generation: 9, epoch: 5)));
        Assert.Equal(Finish.Types.Outcome.Failed, story.State.Outcome?.Outcome); // the run goes on here: now it is one
    }

    [Fact] // 1012609
    public void AllAwaitedAreBackWithLess_ANodeWithMoreMayCome_IsWaitedFor()
    {
        var story = new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings with { ExpectedNodes = 3 }) { HasBegun = true, Awaited = ["a", "b"], CommittedSteps = 5, Generation = 3 });
        story.Greets(1, CoordinatorStory.Hello("a")).Greets(2, CoordinatorStory.Hello("b")).Later(5);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        story.Greets(3, CoordinatorStory.Hello("c", step: 5, run: CoordinatorStory.Run, generation: 3));
        Assert.Equal((RunPhase.Running, 5L), (story.State.Phase, story.State.CommittedSteps));
    }

    [Fact] // 1002036
    public void OnlyHalfAState_NobodyElseComes_NodeIsLetGo()
    {
        var story = new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings) { HasBegun = true, Awaited = ["b"], CommittedSteps = 5, Generation = 3 });
        story.Greets(1, CoordinatorStory.Hello("a", step: -1, run: CoordinatorStory.Run, generation: 3)).Later(9);
        Assert.Single(story.State.Nodes);
        story.Later(2);
        Assert.Empty(story.State.Nodes);
        Assert.Null(story.State.Outcome);
    }

    [Fact]
    public void FirstStart_OneNodeIsMissing_WaitsForAll()
    {
        var story = new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings)).Greets(1, CoordinatorStory.Hello("a")).Later(30);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
    }

    private static CoordinatorStory Running() =>
        new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings)).Greets(1, CoordinatorStory.Hello("a")).Greets(2, CoordinatorStory.Hello("b"));
}
