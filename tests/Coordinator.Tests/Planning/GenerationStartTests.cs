using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class GenerationStartTests
{
    [Fact]
    public void Ready_NotYetAll_Waits()
    {
        var story = new Story().Join(1, Story.Hello("a"));

        Assert.Empty(story.Effects);
        Assert.Equal("1 of 2 nodes are ready", story.Reason);
    }

    [Fact]
    public void Ready_AllAtTheSameStep_BeginsGenerationOneInOrderOfNames()
    {
        var story = new Story().Greet(1, Story.Hello("b", 3)).Greet(2, Story.Hello("a", 3)).Ready(1).Ready(2);

        var plans = story.All<RunEffect.SendPlan>().ToDictionary(send => send.Session, send => send.Plan);
        var (a, b) = (new MicrobatchRange { First = 0, Count = 4 }, new MicrobatchRange { First = 4, Count = 4 });
        Assert.Equal(new Plan
        {
            Run = Story.Run,
            Generation = 1,
            FirstStep = 3,
            TotalSteps = 10,
            Microbatches = 8,
            Members =
            {
                new Member { NodeIndex = 1, Node = "a", Address = "http://a:1", FirstWork = { a }, Work = a },
                new Member { NodeIndex = 0, Node = "b", Address = "http://b:1", FirstWork = { b }, Work = b },
            },
            ScribeIndex = 1,
            Reducer = "hub",
            SliceFloats = 1024,
            DigestEverySteps = 1,
        }, plans[2]);
        Assert.Equal(plans[1], plans[2]);
        Assert.Equal(RunPhase.Running, story.State.Phase);
    }

    [Fact]
    public void Begin_IsInTheJournalAndAtTheReducerBeforeAnyNodeKnows()
    {
        var story = Story.Running();

        var record = Assert.IsType<RunEffect.Record>(story.Effects[0]);
        Assert.Equal((1, true), (record.Entry.GenerationBegun.Generation, record.Durable));
        Assert.Equal(["node-0", "node-1"], record.Entry.GenerationBegun.Members);
        Assert.IsType<RunEffect.BeginReduce>(story.Effects[1]);
    }

    [Fact]
    public void Ready_NodesBehind_ListenAndFetchFromTheFurthest()
    {
        var story = new Story(Story.TwoNodes with { ExpectedNodes = 4 });
        story.Greet(1, Story.Hello("a", 2, "x")).Greet(2, Story.Hello("b", 5, "y")).Greet(3, Story.Hello("c", 5, "y")).Greet(4, Story.Hello("d"));
        for (var session = 1; session <= 4; session++) story.Ready(session);

        Assert.Equal("b 0-3, c 4-7, a listens, d listens", Story.Shares(story.Plan));
        var plans = story.All<RunEffect.SendPlan>().ToDictionary(send => send.Session, send => send.Plan);
        Assert.Empty(plans[2].Donors);
        Assert.Equal(["http://b:1", "http://c:1"], plans[1].Donors);
        Assert.Equal(["http://c:1", "http://b:1"], plans[4].Donors); // not all from the same one
        Assert.All(plans.Values, plan => Assert.Equal((5, false), (plan.FirstStep, plan.DiscardState)));
    }

    [Fact]
    public void Ready_BehindAndNobodyServesTheState_FailsNamingBoth()
    {
        var ahead = Story.Hello("a", 5);
        ahead.ReplicaAddress = "";

        var story = new Story().Greet(1, ahead).Greet(2, Story.Hello("b")).Ready(1).Ready(2);

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("b is behind, and no node at step 5 serves its state: give a an address", story.Outcome.Reason);
    }

    [Fact]
    public void Ready_DifferentStatesAtTheFurthestStep_FailsNamingBoth()
    {
        var story = new Story().Greet(1, Story.Hello("a", 5, "x")).Greet(2, Story.Hello("b", 5, "y")).Ready(1).Ready(2);

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("different states of step 5, and no majority says which is right (a: x; b: y)", story.Outcome.Reason);
        Assert.Equal(2, story.All<RunEffect.SendFinish>().Count);
    }

    [Fact]
    public void Ready_MinorityStateAtTheFurthestStep_IsHealed()
    {
        var story = new Story(Story.TwoNodes with { ExpectedNodes = 3 }).Greet(1, Story.Hello("a", 5, "x")).Greet(2, Story.Hello("b", 5, "y")).Greet(3, Story.Hello("c", 5, "x"));
        story.Ready(1).Ready(2).Ready(3);

        Assert.Equal("a 0-3, c 4-7, b listens", Story.Shares(story.Plan));
        Assert.True(story.All<RunEffect.SendPlan>().Single(send => send.Session == 2).Plan.DiscardState);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    public void Ready_AllStepsDoneBefore_CompletesAtOnce(long step)
    {
        var story = new Story().Greet(1, Story.Hello("a", step)).Greet(2, Story.Hello("b", 3)).Ready(1).Ready(2);

        Assert.Empty(story.All<RunEffect.SendPlan>());
        Assert.Equal(1, story.Single<RunEffect.SendFinish>().Session); // who holds the last state
        Assert.Equal(Finish.Types.Outcome.Completed, story.Saves().Outcome!.Outcome);
    }

    [Fact]
    public void Ready_Twice_IsIgnored() => Assert.Contains("ignored node-0's Ready", Story.Running().Ready(1).Reason);
}
