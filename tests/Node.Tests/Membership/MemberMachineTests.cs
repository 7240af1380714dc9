using Lockstep.Node.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Membership;

/// <summary>A member's steps, and plans that come in the middle of one.</summary>
public sealed class MemberMachineTests
{
    [Fact]
    public void Step_FromPlanToPlan_HasOneOrder()
    {
        var node = NodeStory.Up();

        Assert.Equal(["adopt 1", "drop all", "begin 0 [0, 4)", "compute 0 [0, 4)", "reduce 0"], node.Plan(1, 0, (0, 4)).Does);
        Assert.Empty(node.Happens(new NodeEvent.Computed(0)).Does);
        Assert.Equal(["say Prepared 0 s0 d0"], node.Sum(1, 0).Does);
        Assert.Equal(["apply 0"], node.Commit(1, 0).Does);
        Assert.Equal(["begin 1 [0, 4)", "compute 1 [0, 4)", "reduce 1"], node.Applied(0).Does);
        node.Happens(new NodeEvent.Computed(1));
        Assert.Equal(["say Prepared 1 s1 d1"], node.Sum(1, 1).Does);
    }

    [Fact]
    public void SumRefused_IsNeverPrepared_AndEndsTheNodeWhenTheCauseIsKnown()
    {
        var node = NodeStory.Reducing();

        Assert.Equal(["diagnose 0"], node.Happens(new NodeEvent.SumRefused(1, 0)).Does);
        Assert.Empty(node.Plan(2, 0, (0, 8)).Does); // the others may have ended already

        Assert.Equal(["say Failed", "exit Failed"], node.Happens(new NodeEvent.Broke(new InvalidOperationException("microbatch 3"))).Does);
        Assert.Equal("microbatch 3", node.Ending!.Reason);
        Assert.Equal(0, node.State.Step);
    }

    [Theory]
    [InlineData(1, 1)] // of a step to come
    [InlineData(2, 0)] // of another generation
    public void SumRefused_OfAnotherExchange_IsIgnored(long generation, long step) =>
        Assert.Empty(NodeStory.Reducing().Happens(new NodeEvent.SumRefused(generation, step)).Does);

    [Fact]
    public void Commit_OfTheLastStep_IsAppliedBeforeTheEnd()
    {
        var node = NodeStory.Prepared().Commit(1, 0, last: true);
        Assert.Equal(["apply 0"], node.Does);

        node.Happens(new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Completed }));
        Assert.Empty(node.Does);

        Assert.Equal(["exit Completed"], node.Applied(0).Does);
        Assert.Empty(node.Passes(5).Does);
    }

    [Fact]
    public void Finished_AskedToWrite_WritesWhenTheLastStepIsApplied_AndStays()
    {
        var node = NodeStory.Prepared().Commit(1, 0, last: true).Happens(new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Completed, Writes = true, Generation = 7 }));
        Assert.Empty(node.Does);

        Assert.Equal(["write 7"], node.Applied(0).Does);
        Assert.Equal(["say Saved"], node.Happens(new NodeEvent.Written()).Does);
        Assert.Equal(["exit Completed"], node.Happens(new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Completed })).Does);
    }

    [Fact]
    public void SessionLost_AfterTheLastCommit_DialsAgain_WhenNothingIsBeingWritten()
    {
        var node = NodeStory.Prepared().Commit(1, 0, last: true).Applied(0).Happens(new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Completed, Writes = true }));
        Assert.Equal(["close"], node.Lose().Does);
        Assert.Empty(node.Passes(3).Does);

        Assert.Equal(["dial"], node.Happens(new NodeEvent.Written()).Does);
        Assert.Equal(1, node.Greeting!.Step);
    }

    [Fact]
    public void Plan_AfterALastCommitThatWasNotTheEnd_IsWorkedBy()
    {
        var node = NodeStory.Prepared().Commit(1, 0, last: true).Applied(0).Lose().Passes(1).Welcome();
        Assert.Equal(["adopt 2", "drop all", "begin 1 [0, 4)", "compute 1 [0, 4)", "reduce 1"], node.Plan(2, 1, (0, 4)).Does);
    }

    [Fact]
    public void Commit_OfAStepThatWasNotHeardOf_EndsTheSession()
    {
        var node = NodeStory.Prepared(3).Commit(1, 5);

        Assert.Equal(["hang up", "close"], node.Does);
        Assert.Contains("of step 3 nothing was heard", node.Reason);
    }

    [Fact]
    public void Messages_OutOfPlace_AreIgnoredWithAReason()
    {
        var other = NodeStory.MemberPlan(2, 0, (0, 4));
        other.Run = "another";
        (NodeStory Node, string Reason)[] cases =
        [
            (NodeStory.Reducing().Plan(1, 0, (0, 8)), "ignored the plan of generation 1: generation 1 was seen already"),
            (NodeStory.Reducing().Happens(new NodeEvent.Planned(other)), "ignored a plan of run another"),
            (NodeStory.Prepared().Commit(2, 0), "ignored the commit of step 0 in generation 2"),
            (NodeStory.Up().Commit(0, 0), "ignored the commit of step 0 in generation 0"),
        ];
        Assert.All(cases, told => Assert.Equal(told.Reason, told.Node.Reason));
        Assert.All(cases, told => Assert.Empty(told.Node.Does));
        Assert.Empty(NodeStory.Reducing().Sum(0, 0).Does);
        Assert.Empty(NodeStory.Reducing().Sum(1, 1).Does);
    }

    [Fact]
    public void Plan_ThatDoesNotFitTheState_EndsTheSession()
    {
        var behind = NodeStory.Up(step: 2).Plan(1, 3, (0, 4));

        Assert.Equal(["hang up", "close"], behind.Does);
        Assert.Contains("begins at step 3, but this node holds the state of step 2", behind.Reason);
        Assert.Equal(["dial"], behind.Passes(1).Does);
    }

    [Fact]
    public void Plan_InTheMiddleOfAStep_OnlyWhatIsMissingIsComputed()
    {
        var node = NodeStory.Reducing().Plan(2, 0, (0, 6));

        Assert.Equal(["adopt 2", "drop all", "retarget 0 [0, 6)", "compute 0 [4, 6)", "reduce 0"], node.Does);
        node.Happens(new NodeEvent.Computed(0));
        Assert.Equal(["say Prepared 0 s0 d0"], node.Sum(2, 0).Does);
    }

    [Fact]
    public void Plan_WithTheSameWork_RepeatsTheExchangeAlone()
    {
        Assert.Equal(["adopt 2", "drop all", "reduce 0"], NodeStory.Reducing().Plan(2, 0, (0, 4)).Does);
        Assert.Equal(["adopt 2", "drop all", "reduce 0"], NodeStory.Prepared().Plan(2, 0, (0, 4)).Does);
    }

    [Fact]
    public void Plan_WhileTheLanesCompute_WaitsForThemBeforeThePartialSumsChangeShape()
    {
        var node = NodeStory.Up().Plan(1, 0, (0, 4)).Plan(2, 0, (0, 6));
        Assert.Equal(["adopt 2", "drop all"], node.Does);

        Assert.Equal(["retarget 0 [0, 6)", "compute 0 [4, 6)", "reduce 0"], node.Happens(new NodeEvent.Computed(0)).Does);
    }

    [Fact]
    public void Plan_WithTheSameWorkWhileTheLanesCompute_ExchangesAtOnce() =>
        Assert.Equal(["adopt 2", "drop all", "reduce 0"], NodeStory.Up().Plan(1, 0, (0, 4)).Plan(2, 0, (0, 4)).Does);

    [Fact]
    public void Plan_ThatCutsAMergedBlock_ComputesItsPartAgain() =>
        Assert.Equal(["adopt 2", "drop all", "retarget 0 [0, 2)", "compute 0 [0, 2)", "reduce 0"], NodeStory.Reducing().Plan(2, 0, (0, 2)).Does);

    [Fact]
    public void Plan_WithoutWorkForThisStep_JustExchanges() =>
        Assert.Equal(["adopt 1", "drop all", "begin 0 none", "reduce 0"], NodeStory.Up().Plan(1, 0).Does);

    [Fact]
    public void Plan_InsideTheCommit_HoldsOnceTheStepIsApplied()
    {
        var node = NodeStory.Prepared().Commit(1, 0, NodeStory.MemberPlan(2, 1, (2, 6)));
        Assert.Equal(["apply 0"], node.Does);

        Assert.Equal(["adopt 2", "drop all", "begin 1 [2, 8)", "compute 1 [2, 8)", "reduce 1"], node.Applied(0).Does);
    }

    [Fact]
    public void Exchange_Breaks_IsAVoteUnlessANewPlanIsKnown()
    {
        var failure = new ReduceFailed { Generation = 1, Step = 0, PeerIndex = 1, Reason = "reset" };
        var node = NodeStory.Reducing().Happens(new NodeEvent.ExchangeBroke(failure));
        Assert.Equal(["say ReduceFailed"], node.Does);

        Assert.Equal(["adopt 2", "drop all", "reduce 0"], node.Plan(2, 0, (0, 4)).Does); // nothing is computed again
        Assert.Empty(node.Happens(new NodeEvent.ExchangeBroke(failure)).Does);
    }

    [Fact]
    public void Heal_FetchesThoughTheStepIsTheSame()
    {
        var node = NodeStory.Prepared(3).ListenPlan(2, 3, discard: true);
        Assert.Equal(["adopt 2", "drop all", "listen from 3", "fetch 3"], node.Does);

        node.Sum(2, 3);
        Assert.Equal(["say Prepared 3 s3 right"], node.Happens(new NodeEvent.Fetched(3, "right")).Does);
    }

    [Fact]
    public void Heal_WhileTheLanesCompute_WaitsForThem()
    {
        var node = NodeStory.Up(3).Plan(1, 3, (0, 4)).ListenPlan(2, 3, discard: true);
        Assert.Equal(["adopt 2", "drop all", "listen from 3"], node.Does);

        Assert.Equal(["fetch 3"], node.Happens(new NodeEvent.Computed(3)).Does);
    }

    [Fact]
    public void Broke_TellsTheCoordinatorAndEnds()
    {
        var node = NodeStory.Reducing().Happens(new NodeEvent.Broke(new IOException("the disk is full")));

        Assert.Equal(["say Failed", "exit Failed"], node.Does);
        Assert.Equal(("the disk is full", "the disk is full"), (node.Said.Failed.Reason, node.Ending!.Reason));
    }

    [Fact]
    public void Leave_FinishesTheStepAndGoesWhenItMay()
    {
        var node = NodeStory.Prepared().Happens(new NodeEvent.LeaveRequested("SIGTERM"));
        Assert.Equal(["say Leave"], node.Does);
        Assert.Empty(node.Happens(new NodeEvent.LeaveRequested("SIGTERM again")).Does);

        node.Commit(1, 0).Happens(new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Left }));
        Assert.Equal(["exit Left"], node.Applied(0).Does);
    }
}
