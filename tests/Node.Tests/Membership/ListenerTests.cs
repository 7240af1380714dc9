using Lockstep.Node.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Membership;

/// <summary>A node that joins a running run: it keeps the sums that come while it fetches a state, and applies them.</summary>
public sealed class ListenerTests
{
    [Fact]
    public void Listen_SumsBeforeTheSnapshot_AreApplied()
    {
        var node = NodeStory.Up().ListenPlan(1, 5);
        Assert.Equal(["adopt 1", "drop all", "listen from 5", "fetch 5"], node.Does);
        Assert.Empty(node.Sum(1, 5).Does);
        Assert.Empty(node.Commit(1, 5).Does);
        Assert.Empty(node.Sum(1, 6).Does);

        Assert.Equal(["apply 5"], node.Happens(new NodeEvent.Fetched(5, "d5")).Does);
        Assert.Equal(["say Prepared 6 s6 d6"], node.Applied(5).Does);
    }

    [Fact]
    public void Listen_SumAfterItsCommit_IsTold_OnceUpToDate()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Commit(1, 5);
        Assert.Empty(node.Sum(1, 5).Does); // the state is still being fetched
        node.Happens(new NodeEvent.Fetched(5, "d5")).Applied(5);

        Assert.Equal(["say Prepared 6 s6 ", "apply 6"], node.Commit(1, 6).Sum(1, 6).Does);
        node.Applied(6).Commit(1, 7).Commit(1, 8);
        Assert.Equal(["apply 7"], node.Sum(1, 7).Does); // two steps behind
    }

    [Fact]
    public void Listen_SnapshotAmongTheSums_DropsTheEarlierOnes()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Sum(1, 5).Commit(1, 5).Sum(1, 6);

        Assert.Equal(["drop before 6", "say Prepared 6 s6 d6"], node.Happens(new NodeEvent.Fetched(6, "d6")).Does);
    }

    [Fact]
    public void Listen_SnapshotBeyondTheSums_LetsThemPass()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Sum(1, 5).Commit(1, 5);
        node.Happens(new NodeEvent.Fetched(7, "d7"));
        Assert.DoesNotContain(node.Does, what => what.StartsWith("apply", StringComparison.Ordinal));
        node.Sum(1, 6).Commit(1, 6);
        Assert.DoesNotContain(node.Does, what => what.StartsWith("apply", StringComparison.Ordinal));

        Assert.Contains("say Prepared 7 s7 d7", node.Sum(1, 7).Does);
        Assert.Equal(["apply 7"], node.Commit(1, 7).Does);
    }

    [Fact]
    public void Listen_NewGenerationWithoutAGap_KeepsTheSums()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Sum(1, 5).Commit(1, 5).Sum(1, 6).Commit(1, 6).ListenPlan(2, 7);
        Assert.Equal(["adopt 2", "listen from 7"], node.Does);

        Assert.Equal(["apply 5"], node.Happens(new NodeEvent.Fetched(5, "d5")).Does);
        Assert.Equal(["apply 6"], node.Applied(5).Does);
    }

    [Fact]
    public void Listen_NewGenerationAfterAGap_FetchesAgain()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Sum(1, 5).Commit(1, 5).Commit(1, 6).ListenPlan(2, 7);
        Assert.Equal(["adopt 2", "drop all", "listen from 7"], node.Does);

        Assert.Equal(["fetch 7"], node.Happens(new NodeEvent.Fetched(5, "d5")).Does);
    }

    [Fact]
    public void Listen_StateIsThereAlready_FetchesNothing() =>
        Assert.Equal(["adopt 1", "drop all", "listen from 5"], NodeStory.Up(step: 5).ListenPlan(1, 5).Does);

    [Fact]
    public void Fetch_Fails_GreetsAnewWithoutAState()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Happens(new NodeEvent.FetchFailed("no peer could serve its state"));
        Assert.Equal(["hang up", "close"], node.Does);

        Assert.Equal(["dial"], node.Passes(1).Does);
        Assert.Equal(-1, node.Greeting.Step);
        Assert.Empty(node.Greeting.Held);
        node.Welcome();
        Assert.Equal(["adopt 2", "listen from 5", "fetch 5"], node.ListenPlan(2, 5).Does);
    }

    [Fact]
    public void Lost_WhileFetching_DialsWhenTheStateIsWhole()
    {
        var node = NodeStory.Up().ListenPlan(1, 5).Sum(1, 5).Lose();
        Assert.Equal(["close"], node.Does);
        Assert.Empty(node.Passes(2).Does);

        Assert.Equal(["dial"], node.Happens(new NodeEvent.Fetched(5, "d5")).Does);
        Assert.Equal((5, "d5"), (node.Greeting.Step, node.Greeting.StateDigest));
    }

    [Fact]
    public void Promoted_AtABoundary_AppliesTheStepAndComputesTheNext()
    {
        var node = NodeStory.Up(5).ListenPlan(1, 5).Sum(1, 5);
        Assert.Equal(["say Prepared 5 s5 d5"], node.Does);

        Assert.Equal(["apply 5"], node.Commit(1, 5, NodeStory.MemberPlan(2, 6, (0, 4))).Does);
        Assert.Equal(["adopt 2", "drop all", "begin 6 [0, 4)", "compute 6 [0, 4)", "reduce 6"], node.Applied(5).Does);
    }

    [Fact]
    public void Plan_WhileAStepIsApplied_CommitsOfItsGenerationCount()
    {
        // The others go on in generation 2 while this node still applies a step of generation 1.
        var node = NodeStory.Up(5).ListenPlan(1, 5).Sum(1, 5).Commit(1, 5, NodeStory.ListenerPlan(2, 6)).Commit(2, 6);
        Assert.Empty(node.Does);

        Assert.Equal(["adopt 2", "listen from 6"], node.Applied(5).Does);
        Assert.Empty(node.Commit(2, 7).Does);
        Assert.Equal(["apply 6"], node.Sum(2, 6).Does);
    }

    [Fact]
    public void Lost_BehindWhatIsCommitted_WorksWhenTheRunGoesBackToItsState()
    {
        // Of the commits only the first can be applied here; nobody else comes back, and the run goes on from this state.
        var node = NodeStory.Up(5).ListenPlan(1, 5).Sum(1, 5).Commit(1, 5).Commit(1, 6).Lose().Applied(5).Passes(1);
        Assert.Equal(6, node.Greeting.Step);

        node.Welcome();
        Assert.Equal(["adopt 2", "drop all", "begin 6 [0, 8)", "compute 6 [0, 8)", "reduce 6"], node.Plan(2, 6, (0, 8)).Does);
        node.Happens(new NodeEvent.Computed(6));
        Assert.Equal(["say Prepared 6 s6 d6"], node.Sum(2, 6).Does); // and not applied before it is committed again
    }
}
