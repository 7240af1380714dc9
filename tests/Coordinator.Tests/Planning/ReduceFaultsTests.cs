using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>Exchanges that break though nobody is dead.</summary>
public sealed class ReduceFaultsTests
{
    private static readonly RunSettings Direct = Story.TwoNodes with { Reducer = "direct" };

    [Fact]
    public void Report_ThatALossExplains_IsForgotten()
    {
        var story = Story.Running(3, Direct).ReduceFails(1, peer: 2);
        Assert.Empty(story.Effects);

        story.Lose(3);
        Assert.Equal(2, story.Plan.Generation);
        Assert.Empty(story.Passes(5, 1, 2).Effects);
    }

    [Fact]
    public void Report_ThatNothingExplains_RepeatsTheExchangeWithWhatIsHeld()
    {
        var story = Story.Running(3, Direct).Prepare(2, 0).ReduceFails(1, peer: 2).Passes(0.25, 1, 2, 3);
        Assert.Empty(story.Effects);

        story.Passes(0.5, 1, 2, 3);

        Assert.Equal((2, "direct"), (story.Plan.Generation, story.Plan.Reducer));
        Assert.Equal(Story.Shares(Story.Running(3).Plan), Story.Shares(story.Plan));
        Assert.Equal(("reduce", "node-0", 0L), (story.State.Faults[0].Kind, story.State.Faults[0].Node, story.State.LostMicrobatches));
    }

    [Fact]
    public void Report_AgainAndAgain_ThroughTheHubThenWithoutTheOneWhoComplainsThenTheEnd()
    {
        var story = Story.Running(8, Direct);
        var told = new List<string>();
        while (story.Outcome is null)
        {
            var first = story.State.Members.First();
            story.ReduceFails(first.Session, peer: -1).Passes(1, [.. story.State.Members.Select(node => node.Session)]);
            told.Add(story.Outcome is null ? $"{story.Plan.Reducer} {story.Plan.Members.Count}" : "end");
        }

        Assert.Equal(["direct 8", "direct 8", "hub 8", "hub 8", "hub 7", "hub 6", "hub 5", "hub 4", "hub 3", "hub 2", "end"], told);
        Assert.Contains("11 times in a row. Check the network", story.Outcome.Reason);
    }

    [Fact]
    public void Commit_BetweenReports_BeginsTheCountAnew()
    {
        var story = Story.Running(3, Direct);
        for (var step = 0; step < 8; step++)
        {
            story.ReduceFails(1, peer: 1).Passes(1, 1, 2, 3);
            Assert.Equal((3, "direct"), (story.Plan.Members.Count, story.Plan.Reducer));
            story.CommitTo(step + 1);
        }
    }

    [Fact]
    public void Hub_InsteadOfDirect_StaysUntilANodeIsLost()
    {
        var story = Story.Running(3, Direct);
        for (var i = 0; i < 3; i++) story.ReduceFails(1, peer: 1).Passes(1, 1, 2, 3);
        Assert.Equal("hub", story.Plan.Reducer);

        story.CommitTo(2).Lose(3);

        Assert.Equal("direct", story.Plan.Reducer);
    }

    [Fact]
    public void Hub_InsteadOfDirect_StaysUntilANodeJoins()
    {
        var story = Story.Running(3, Direct);
        for (var i = 0; i < 3; i++) story.ReduceFails(1, peer: 1).Passes(1, 1, 2, 3);

        story.CommitTo(2).Join(4, Story.Hello("node-3"));

        Assert.Equal("direct", story.Plan.Reducer);
    }

    [Fact]
    public void Hub_InsteadOfDirect_IsLeftAgainAfter200Steps()
    {
        var story = Story.Running(3, Direct with { Steps = 1000 });
        for (var i = 0; i < 3; i++) story.ReduceFails(1, peer: 1).Passes(1, 1, 2, 3);

        story.CommitTo(199);
        Assert.True(story.State.HubInstead);
        Assert.Empty(story.All<RunEffect.BeginReduce>());
        story.CommitTo(200);

        Assert.Equal(("direct", 200L), (story.Plan.Reducer, story.Plan.FirstStep));
    }

    [Fact]
    public void Report_OfManyMembers_NeverTurnsToTheHub()
    {
        const int Nodes = 17;
        var story = Story.Running(Nodes, Direct with { Microbatches = 32 });
        for (var i = 0; i < 2; i++) story.ReduceFails(1, peer: 1).Passes(1, [.. Enumerable.Range(1, Nodes)]);

        story.ReduceFails(1, peer: 1).Passes(1, [.. Enumerable.Range(1, Nodes)]);

        Assert.Equal(("direct", Nodes - 1), (story.Plan.Reducer, story.Plan.Members.Count));
        Assert.DoesNotContain(story.State.Nodes, node => node.Name == "node-0");
    }

    [Fact]
    public void Report_OfWhoOnlyListens_LetsItGo_AndChangesNothingForTheOthers()
    {
        var story = Story.Running(3, Direct).Join(4, Story.Hello("node-3"));

        story.ReduceFails(4, peer: 1).Passes(1, 1, 2, 3, 4);

        Assert.Equal((4, true), (story.Single<RunEffect.Reject>().Session, story.Single<RunEffect.Reject>().Retry));
        Assert.Equal(("direct", 3, 0), (story.Plan.Reducer, story.Plan.Members.Count, story.State.Retries));
    }

    [Fact]
    public void Report_OfAnotherGeneration_ChangesNothing()
    {
        var story = Story.Running(3, Direct).Happens(new RunEvent.NodeReduceFailed(1, new() { Generation = 0, Step = 0, PeerIndex = 1, Reason = "old" }));

        Assert.Empty(story.Passes(5, 1, 2, 3).Effects);
    }
}
