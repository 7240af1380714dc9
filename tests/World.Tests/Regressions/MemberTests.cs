using Lockstep.Node.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.World.Tests.Regressions;

/// <summary>Faults of a node's decisions that schedules have found; the numbers are their seeds.</summary>
public sealed class MemberTests
{
    private static readonly MemberTimings Timings = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));

    [Fact] // 32
    public void Listener_RunHasFallenBack_AppliesNothingThatIsNotCommittedAnew()
    {
        var state = Welcomed(step: 0);
        state = Decide(state, new NodeEvent.Planned(PlanOf(1, firstStep: 7))).State; // it is far behind, and the run has committed 7 steps
        Assert.Contains(Decide(state, new NodeEvent.SessionLost("lost")).State.CommittedSteps, new[] { 7L });

        state = Decide(state, new NodeEvent.Planned(PlanOf(2, firstStep: 0))).State; // all others were lost: the run begins anew
        var summed = Decide(state, new NodeEvent.SumReady(new() { Generation = 2, Step = 0, SumDigest = "s" }));
        Assert.DoesNotContain(summed.Effects, effect => effect is NodeEffect.Apply);

        var committed = Decide(summed.State, new NodeEvent.Committed(new() { Generation = 2, Step = 0 }));
        Assert.Contains(committed.Effects, effect => effect is NodeEffect.Apply { Step: 0 });
    }

    [Fact]
    public void Listener_CommitComesWhileItsPlanWaits_IsRemembered()
    {
        var state = Decide(Welcomed(step: 0), new NodeEvent.Planned(PlanOf(1, firstStep: 0))).State;
        state = Decide(state, new NodeEvent.SumReady(new() { Generation = 1, Step = 0, SumDigest = "s" })).State;
        state = Decide(state, new NodeEvent.Committed(new() { Generation = 1, Step = 0 })).State;
        Assert.True(state.Applying);

        state = Decide(state, new NodeEvent.Planned(PlanOf(2, firstStep: 1))).State;
        state = Decide(state, new NodeEvent.Committed(new() { Generation = 2, Step = 1 })).State;
        state = Decide(state, new NodeEvent.Applied(0, "d1")).State;
        Assert.Equal((2L, 2L), (state.Plan!.Generation, state.CommittedSteps));
        Assert.Equal(LinkStage.Up, Decide(state, new NodeEvent.Committed(new() { Generation = 2, Step = 2 })).State.Link);
    }

    [Fact] // 2543
    public void PreparedNode_CommitOfTheLastStepIsLost_AppliesItWhenTheRunIsComplete()
    {
        var state = Decide(Welcomed(step: 0), new NodeEvent.Planned(PlanOf(1, firstStep: 0))).State;
        state = Decide(state, new NodeEvent.SumReady(new() { Generation = 1, Step = 0, SumDigest = "s" })).State;
        var finished = Decide(state, new NodeEvent.Finished(new() { Outcome = Finish.Types.Outcome.Completed }));
        Assert.Contains(finished.Effects, effect => effect is NodeEffect.Apply { Step: 0 });
        Assert.Contains(Decide(finished.State, new NodeEvent.Applied(0, "d1")).Effects, effect => effect is NodeEffect.Exit);
    }

    private static NodeDecision Decide(MemberState state, NodeEvent happened) => MemberMachine.Decide(state, happened, TimeSpan.Zero);

    private static MemberState Welcomed(long step)
    {
        var state = MemberMachine.Start(new() { Node = "a", Step = step, StateDigest = "d" }, Timings, TimeSpan.Zero);
        state = Decide(state, new NodeEvent.Tick()).State;
        return Decide(state, new NodeEvent.Welcomed(new() { Run = CoordinatorStory.Run, NodeIndex = 0, Epoch = 1 })).State;
    }

    private static Plan PlanOf(long generation, long firstStep) => new()
    {
        Run = CoordinatorStory.Run,
        Generation = generation,
        FirstStep = firstStep,
        TotalSteps = 10,
        Microbatches = 8,
        Members = { new Member { NodeIndex = 1, Node = "b", FirstWork = { new MicrobatchRange { Count = 8 } }, Work = new() { Count = 8 } }, new Member { NodeIndex = 0, Node = "a", Listens = true } },
        Reducer = "hub",
        SliceFloats = 1024,
    };
}
