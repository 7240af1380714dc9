using Lockstep.Node.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Membership;

/// <summary>A node's session: dialled, lost in every phase, and found again.</summary>
public sealed class MemberLinkTests
{
    [Fact]
    public void Dial_Refused_ComesAgainWithGrowingPausesAndEndsInTime()
    {
        var node = new NodeStory();
        var dialled = new List<double>();
        while (node.Ending is null)
        {
            node.Passes(5);
            if (node.Does is ["dial"]) dialled.Add(node.Now.TotalSeconds);
            node.Happens(new NodeEvent.Refused("connection refused", Retry: true));
        }

        Assert.Equal([0.1, 0.2, 0.4, 0.5, 0.5, 0.5], dialled.Zip(dialled.Skip(1), (a, b) => Math.Round(b - a, 1)).Take(6));
        Assert.InRange(node.Now.TotalSeconds, 29, 32);
        Assert.Contains("not reachable after 30 s: connection refused. Is it running", node.Ending.Reason);
    }

    [Fact]
    public void Dial_RefusedForGood_EndsAtOnce()
    {
        var node = new NodeStory().Happens(new NodeEvent.Tick()).Happens(new NodeEvent.Refused("another recipe", Retry: false));

        Assert.Equal(("exit Failed", "another recipe"), (Assert.Single(node.Does), node.Ending!.Reason));
    }

    [Fact]
    public void Welcome_IsAnsweredWithReady() => Assert.Equal(["say Ready"], NodeStory.Up().Does);

    [Fact]
    public void Welcome_OfAnOutdatedCoordinator_IsRefusedAndNotForEver()
    {
        var node = NodeStory.Up().Lose();
        node.Passes(1).Welcome(epoch: 2).Lose().Passes(1).Welcome(epoch: 1);
        Assert.Equal(["hang up"], node.Does.Except(["close"]));
        Assert.Contains("start 1 of the run's coordinator, but start 2 was seen", node.Reason);

        var dials = 0;
        for (; node.Ending is null && dials < 1000; dials++) node.Passes(5).Welcome(epoch: 1);
        Assert.InRange(dials, 80, 160); // twice a second, not ten times
        Assert.Contains("outdated", node.Ending!.Reason);
    }

    [Fact]
    public void Welcome_OfAnotherRun_BeginsItsGenerationsAnew()
    {
        var node = NodeStory.Up().Plan(5, 0, (0, 4)).Happens(new NodeEvent.Computed(0)).Lose().Passes(1).Welcome(run: "another");
        Assert.Equal(["say Ready"], node.Does);

        var plan = NodeStory.MemberPlan(1, 0, (0, 4));
        plan.Run = "another";
        Assert.Contains("adopt 1", node.Happens(new NodeEvent.Planned(plan)).Does);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Silence_OfTheCoordinator_EndsTheSession(bool pulses)
    {
        var node = NodeStory.Up().Passes(11, pulses);

        Assert.Equal(pulses ? [] : ["hang up", "close"], node.Does);
    }

    [Fact]
    public void Lost_BeforeAnyGeneration_ClaimsNoShareInTheRun()
    {
        // The coordinator may take another run over from the next node: this one must be let into that.
        var fresh = NodeStory.Up().Lose().Passes(1);
        var resumed = new NodeStory(step: 3, run: NodeStory.Run).Passes(1).Welcome().Lose().Passes(1);

        Assert.Equal(("", NodeStory.Run), (fresh.Greeting.Run, resumed.Greeting.Run));
    }

    [Fact]
    public void Silence_WhileThisProcessStoodStillItself_DoesNotCount()
    {
        var node = NodeStory.Up().Passes(1, pulses: true).Later(60).Happens(new NodeEvent.Tick());

        Assert.Empty(node.Does);
    }

    [Fact]
    public void Lost_InTheMiddleOfAStep_ComesBackWithWhatItHoldsAndComputesNothingAgain()
    {
        foreach (var phase in new[] { "compute", "reduce", "prepared" })
        {
            var node = NodeStory.Up(3).Plan(1, 3, (0, 4));
            if (phase != "compute") node.Happens(new NodeEvent.Computed(3));
            if (phase == "prepared") node.Sum(1, 3);

            Assert.Equal(["close"], node.Lose().Does);
            Assert.Equal(["dial"], node.Passes(1).Does);
            Assert.Equal((3, "d3", NodeStory.Run, 1, 1), (node.Greeting.Step, node.Greeting.StateDigest, node.Greeting.Run, node.Greeting.Generation, node.Greeting.Epoch));
            Assert.Equal(new MicrobatchRange { First = 0, Count = 4 }, Assert.Single(node.Greeting.Held));

            node.Welcome();
            Assert.Equal(["adopt 2", "drop all", "reduce 3"], node.Plan(2, 3, (0, 4)).Does);
            if (phase == "compute") node.Happens(new NodeEvent.Computed(3));
            Assert.Equal(["say Prepared 3 s3 d3"], node.Sum(2, 3).Does);
        }
    }

    [Fact]
    public void Lost_WhileApplying_DialsWithTheStateAfterIt()
    {
        var node = NodeStory.Prepared(3).Commit(1, 3).Lose();
        Assert.Empty(node.Passes(1).Does);

        Assert.Equal(["dial"], node.Applied(3).Does);
        Assert.Equal((4, "d4"), (node.Greeting.Step, node.Greeting.StateDigest));
        Assert.Empty(node.Greeting.Held);
    }

    [Fact]
    public void Lost_BetweenCommitAndPlan_TheCommitHolds()
    {
        var node = NodeStory.Prepared(3).Commit(1, 3, NodeStory.MemberPlan(2, 4, (0, 8))).Lose().Applied(3).Passes(1);

        Assert.Equal((4, 2), (node.Greeting.Step, node.Greeting.Generation));
    }

    [Fact]
    public void Lost_AfterTheLastCommit_ForGood_IsNoFailure()
    {
        var node = NodeStory.Prepared(3).Commit(1, 3, last: true).Lose().Applied(3);
        Assert.Null(node.Ending); // it may be needed to write the end

        while (node.Ending is null) node.Passes(5).Happens(new NodeEvent.Refused("connection refused", Retry: true));
        Assert.Equal(Finish.Types.Outcome.Completed, node.Ending.Outcome);
    }

    [Fact]
    public void Lost_WhileLeaving_IsTheEnd() =>
        Assert.Equal(["close", "exit Left"], NodeStory.Reducing().Happens(new NodeEvent.LeaveRequested("SIGTERM")).Lose().Does);

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the run, if there is one, goes on without this node
    public void Leave_WithoutASession_IsTheEnd(bool wasIn)
    {
        var node = wasIn ? NodeStory.Reducing().Lose() : new NodeStory();

        Assert.Equal(["exit Left"], node.Happens(new NodeEvent.LeaveRequested("SIGTERM")).Does);
    }

    [Fact]
    public void Lost_ForLongerThanTheNodeWaits_EndsWithItsStateKept()
    {
        var node = NodeStory.Reducing(3).Lose();
        while (node.Ending is null) node.Passes(5).Happens(new NodeEvent.Refused("connection refused", Retry: true));

        Assert.InRange(node.Now.TotalSeconds, 59, 62);
    }
}
