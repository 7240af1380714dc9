using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Node.Membership;

namespace Lockstep.World.Tests;

/// <summary>What decides in this world: the production code, or the same with a fault planted around it.</summary>
internal class Plant
{
    public static Plant None { get; } = new();

    /// <summary>Owners of slices take chunks of any generation.</summary>
    public virtual bool ForgetsFences => false;

    /// <summary>Owners of slices add in the order of arrival.</summary>
    public virtual bool AddsAsItComes => false;

    public virtual RunDecision Decide(RunState state, RunEvent happened, TimeSpan now) => RunMachine.Decide(state, happened, now);

    public virtual NodeDecision Decide(MemberState state, NodeEvent happened, TimeSpan now) => MemberMachine.Decide(state, happened, now);

    /// <summary>Commits once in a while though one member is not prepared.</summary>
    public sealed class HastyCommit : Plant
    {
        public override RunDecision Decide(RunState state, RunEvent happened, TimeSpan now)
        {
            var decision = base.Decide(state, happened, now);
            if (happened is not RunEvent.NodePrepared prepared || decision.State.CommittedSteps != state.CommittedSteps || decision.State.CommittedSteps % 5 != 3) return decision;
            var late = decision.State.Members.Where(node => node.Prepared is null).ToArray();
            if (late.Length != 1 || decision.State.Members.Count() == 1 || prepared.Prepared.Step != state.CommittedSteps) return decision;
            return CommitRule.TryCommit(decision.State.With(late[0] with { Prepared = prepared.Prepared }), now, null);
        }
    }

    /// <summary>Takes messages of older generations for the present one's.</summary>
    public sealed class NoFences : Plant
    {
        public override bool ForgetsFences => true;

        public override RunDecision Decide(RunState state, RunEvent happened, TimeSpan now)
        {
            if (happened is RunEvent.NodePrepared prepared && prepared.Prepared.Generation < state.Generation)
            {
                var own = prepared.Prepared.Clone();
                own.Generation = state.Generation;
                happened = prepared with { Prepared = own };
            }
            return base.Decide(state, happened, now);
        }

        public override NodeDecision Decide(MemberState state, NodeEvent happened, TimeSpan now)
        {
            if (happened is NodeEvent.Committed committed && state.Plan is { } plan && committed.Commit.Generation < plan.Generation)
            {
                var own = committed.Commit.Clone();
                own.Generation = plan.Generation;
                happened = new NodeEvent.Committed(own);
            }
            return base.Decide(state, happened, now);
        }
    }

    /// <summary>Adds in the order of arrival.</summary>
    public sealed class ArrivalOrder : Plant
    {
        public override bool AddsAsItComes => true;
    }
}
