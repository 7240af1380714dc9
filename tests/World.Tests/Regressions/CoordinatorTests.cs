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

    [Fact]
    public void FirstStart_OneNodeIsMissing_WaitsForAll()
    {
        var story = new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings)).Greets(1, CoordinatorStory.Hello("a")).Later(30);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
    }

    private static CoordinatorStory Running() =>
        new CoordinatorStory(new(CoordinatorStory.Run, CoordinatorStory.Settings)).Greets(1, CoordinatorStory.Hello("a")).Greets(2, CoordinatorStory.Hello("b"));
}
