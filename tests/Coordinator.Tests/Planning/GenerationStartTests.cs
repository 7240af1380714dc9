using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class GenerationStartTests
{
    [Fact]
    public void Ready_NotYetAll_Waits()
    {
        var story = new Story().Greet(1, Story.Hello("a")).Ready(1);

        Assert.Empty(story.Effects);
        Assert.Equal("1 of 2 nodes are ready", story.Reason);
    }

    [Fact]
    public void Ready_AllAtTheSameStep_BeginsGenerationOneInOrderOfNames()
    {
        var story = new Story().Greet(1, Story.Hello("b", 3)).Greet(2, Story.Hello("a", 3)).Ready(1).Ready(2);

        var plans = story.All<RunEffect.SendPlan>().ToDictionary(send => send.Session, send => send.Plan);
        Assert.Equal(new Plan
        {
            Run = story.State.Run,
            Generation = 1,
            FirstStep = 3,
            TotalSteps = 10,
            Microbatches = 8,
            FirstMicrobatch = 0,
            MicrobatchCount = 4,
            Nodes = 2,
            Scribe = true,
            Reducer = "hub",
            SliceFloats = 1024,
            Members = { plans[1].Members },
        }, plans[2]);
        Assert.Equal((4, 4, false), (plans[1].FirstMicrobatch, plans[1].MicrobatchCount, plans[1].Scribe));
        Assert.Equal(RunPhase.Running, story.State.Phase);
        // The reducer must know the generation before any node does.
        var reduced = Assert.IsType<RunEffect.BeginReduce>(story.Effects[0]).Plan;
        Assert.Equal(new MicrobatchRange { First = 4, Count = 4 }, reduced.MemberOf(0)!.Work);
    }

    [Fact]
    public void Ready_NodesBehind_FetchFromTheFirstOfTheFurthest()
    {
        var story = new Story(Story.TwoNodes with { ExpectedNodes = 4 });
        story.Greet(1, Story.Hello("a", 2, "x")).Greet(2, Story.Hello("b", 5, "y")).Greet(3, Story.Hello("c", 5, "y")).Greet(4, Story.Hello("d"));
        for (var session = 1; session <= 4; session++) story.Ready(session);

        Assert.Equal(["http://b:1", "", "", "http://b:1"], story.All<RunEffect.SendPlan>().Select(send => send.Plan.FetchStateFrom));
        Assert.All(story.All<RunEffect.SendPlan>(), send => Assert.Equal(5, send.Plan.FirstStep));
    }

    [Fact]
    public void Ready_BehindAndNobodyServesTheState_FailsNamingBoth()
    {
        var ahead = Story.Hello("a", 5);
        ahead.ReplicaAddress = "";

        var story = new Story().Greet(1, ahead).Greet(2, Story.Hello("b")).Ready(1).Ready(2);

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("b is behind at step 0 and no node at step 5", story.Outcome.Reason);
    }

    [Fact]
    public void Ready_DifferentStatesAtTheFurthestStep_FailsNamingBoth()
    {
        var story = new Story().Greet(1, Story.Hello("a", 5, "x")).Greet(2, Story.Hello("b", 5, "y")).Ready(1).Ready(2);

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("a and b both hold a state at step 5, but not the same (x and y)", story.Outcome.Reason);
        Assert.Equal(2, story.All<RunEffect.SendFinish>().Count);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    public void Ready_AllStepsDoneBefore_CompletesAtOnce(long step)
    {
        var story = new Story().Greet(1, Story.Hello("a", step)).Greet(2, Story.Hello("b", 3)).Ready(1).Ready(2);

        Assert.Equal(Finish.Types.Outcome.Completed, story.Outcome!.Outcome);
        Assert.Empty(story.All<RunEffect.SendPlan>());
    }

    [Fact]
    public void Ready_Twice_IsIgnored() => Assert.Contains("ignored node-0's Ready", Story.Running().Ready(1).Reason);
}
