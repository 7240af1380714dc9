using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>
/// Every decision of a node about its part in the run, as one pure function of its state, what happened and when: the
/// counterpart of the coordinator's RunMachine. An event only changes what is known; what is to be done about it follows
/// from the whole state, in <see cref="MemberStep"/>, so that events may come in any order. docs/protocol.md tells the rules.
/// </summary>
public static class MemberMachine
{
    /// <summary>A node that has started and holds a state.</summary>
    public static MemberState Start(Hello greeting, MemberTimings timings, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(greeting);
        return new(greeting, timings)
        {
            Step = greeting.Step,
            Digest = greeting.StateDigest,
            Run = greeting.Run,
            Generation = greeting.Generation,
            Epoch = greeting.Epoch,
            DownSince = now,
            DialAt = now,
            LastTick = now,
            CommittedSteps = greeting.Step,
        };
    }

    /// <summary>What follows from an event. <paramref name="now"/> is the time of the event since any fixed start.</summary>
    public static NodeDecision Decide(MemberState state, NodeEvent happened, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(happened);
        if (state.Exited) return new(state, [], null);
        var effects = ImmutableArray.CreateBuilder<NodeEffect>();
        var (next, reason) = Fold(state, happened, now, effects);
        next = MemberStep.Advance(next, now, effects, ref reason);
        return new(next, effects.ToImmutable(), reason);
    }

    private static (MemberState State, string? Reason) Fold(MemberState state, NodeEvent happened, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (happened is NodeEvent.Pulsed or NodeEvent.Welcomed or NodeEvent.Planned or NodeEvent.Committed) state = state with { CoordinatorHeard = now };
        return happened switch
        {
            NodeEvent.Welcomed e => MemberLink.Welcomed(state, e.Welcome, now, effects),
            NodeEvent.Refused e => MemberLink.Refused(state, e, now),
            NodeEvent.SessionLost e => MemberLink.Lost(state, e.Detail, now, effects),
            NodeEvent.Tick => MemberLink.Tick(state, now, effects),
            NodeEvent.LeaveRequested e => MemberLink.Leave(state, e.Reason, effects),
            NodeEvent.Planned e => Planned(state, e.Plan),
            NodeEvent.Committed e => Committed(state, e.Commit, now, effects),
            NodeEvent.Finished { Finish.Writes: true } e => (state with { ToWrite = e.Finish }, null),
            NodeEvent.Written => Written(state, effects),
            NodeEvent.Finished e => Finished(state, e.Finish),
            NodeEvent.Computed e when e.Step == state.PartialsStep => (state with { Held = state.Held.Union(state.Computing), Computing = MicrobatchSet.Empty }, null),
            NodeEvent.SumReady e => SumReady(state, e.Prepared, effects),
            NodeEvent.SumRefused e => SumRefused(state, e, effects),
            NodeEvent.ExchangeBroke e => ExchangeBroke(state, e.Failure, effects),
            NodeEvent.Applied e => Applied(state, e),
            NodeEvent.Fetched e => Fetched(state, e),
            NodeEvent.FetchFailed e => FetchFailed(state, e, now, effects),
            NodeEvent.Broke e => Broke(state, e.Cause.Message, effects),
            _ => (state, null),
        };
    }

    private static (MemberState, string?) Planned(MemberState state, Plan plan)
    {
        if (state.Link != LinkStage.Up || plan.Run != state.Run) return (state, $"ignored a plan of run {plan.Run}");
        // What is committed is told anew: it is less than before when everybody who held the last steps was lost.
        return plan.Generation <= state.Generation
            ? (state, $"ignored the plan of generation {plan.Generation}: generation {state.Generation} was seen already")
            : (state with { NextPlan = plan, Generation = plan.Generation, CommittedSteps = plan.FirstStep, IsLast = false }, null);
    }

    private static (MemberState, string?) Committed(MemberState state, Commit commit, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        // The plan may still wait for a step that is being applied.
        if ((state.NextPlan ?? state.Plan) is not { } plan || commit.Generation != plan.Generation) return (state, $"ignored the commit of step {commit.Step} in generation {commit.Generation}");
        if (commit.Step > state.CommittedSteps) return MemberLink.HangUp(state, $"step {commit.Step} is committed, but of step {state.CommittedSteps} nothing was heard", now, effects);
        state = state with { CommittedSteps = Math.Max(state.CommittedSteps, commit.Step + 1), IsLast = state.IsLast || commit.Last };
        return commit.Next is null ? (state, null) : Planned(state, commit.Next);
    }

    // A run that is complete has committed whatever this node holds the sum of, though its commit may have been lost.
    private static (MemberState, string?) Finished(MemberState state, Finish finish) => (state with
    {
        Outcome = state.Outcome ?? finish,
        CommittedSteps = finish.Outcome == Finish.Types.Outcome.Completed ? Math.Max(state.CommittedSteps, state.SumsTo) : state.CommittedSteps,
    }, null);

    private static (MemberState, string?) SumReady(MemberState state, Prepared prepared, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Plan is not { } plan || prepared.Generation != plan.Generation || prepared.Step != state.SumsTo) return (state, null);
        // Up to date, but for the way that sums take to it: the coordinator may wait for that long.
        if (state.Listening && prepared.Step == state.Step && state.CommittedSteps == state.Step + 1) effects.Add(new NodeEffect.Send(new() { Prepared = prepared }));
        return (state with { SumsTo = prepared.Step + 1, Prepared = prepared, PreparedSent = false }, null);
    }

    // All members hold the same sum and state, so none of them prepares the step; it cannot be committed.
    private static (MemberState, string?) SumRefused(MemberState state, NodeEvent.SumRefused refused, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Plan is not { } plan || refused.Generation != plan.Generation || refused.Step != state.SumsTo) return (state, null);
        effects.Add(new NodeEffect.Diagnose(refused.Step));
        return (state with { Diagnosing = true }, $"the sum of step {refused.Step} is not finite: looking for the microbatches and images that make it so");
    }

    private static (MemberState, string?) ExchangeBroke(MemberState state, ReduceFailed failure, ImmutableArray<NodeEffect>.Builder effects)
    {
        // Once a new plan is known this is only the old generation's end.
        if (state.Plan is not { } plan || failure.Generation != plan.Generation || state.NextPlan is not null || state.Outcome is not null) return (state, null);
        effects.Add(new NodeEffect.Send(new() { ReduceFailed = failure }));
        return (state, $"the exchange of step {failure.Step} broke: {failure.Reason}; waiting for a new plan");
    }

    private static (MemberState, string?) Applied(MemberState state, NodeEvent.Applied applied) => (state with
    {
        Step = applied.Step + 1,
        Digest = applied.Digest,
        Applying = false,
        Exchanging = state.Listening && state.Exchanging,
        Prepared = state.Prepared?.Step == applied.Step ? null : state.Prepared,
        SumsFrom = Math.Max(state.SumsFrom, applied.Step + 1),
        SumsTo = Math.Max(state.SumsTo, applied.Step + 1),
    }, null);

    private static (MemberState, string?) Fetched(MemberState state, NodeEvent.Fetched fetched) => (state with
    {
        Step = fetched.Step,
        Digest = fetched.Digest,
        Fetching = false,
        FetchFailures = 0,
        MustFetch = false,
        CommittedSteps = Math.Max(state.CommittedSteps, fetched.Step),
        PartialsStep = -1,
        Held = MicrobatchSet.Empty,
    }, $"the state of step {fetched.Step} is here");

    // It stays until everyone may go: if its word is lost it is asked again.
    private static (MemberState, string?) Written(MemberState state, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Link == LinkStage.Up) effects.Add(new NodeEffect.Send(new() { Saved = new() }));
        return (state with { Writing = false }, "the run's end is on disk");
    }

    // Without a state the node is of no use where it is: it greets anew, and is told who serves one then. Not at once: each
    // of its comings and goings is a new generation for the others.
    private static (MemberState, string?) FetchFailed(MemberState state, NodeEvent.FetchFailed failed, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        state = state with { Fetching = false, MustFetch = true, FetchFailures = state.FetchFailures + 1 };
        var reason = failed.Reason;
        if (state.Link != LinkStage.Down) (state, _) = MemberLink.HangUp(state, failed.Reason, now, effects);
        return (state with { DialAt = now + TimeSpan.FromSeconds(Math.Min(30, Math.Pow(2, state.FetchFailures - 1))) }, reason);
    }

    private static (MemberState, string?) Broke(MemberState state, string reason, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Link == LinkStage.Up && state.Outcome is null) effects.Add(new NodeEffect.Send(new() { Failed = new() { Reason = reason } }));
        return (state with
        {
            Outcome = state.Outcome ?? new() { Outcome = Finish.Types.Outcome.Failed, Reason = reason },
            Applying = false,
            Fetching = false,
            Writing = false,
            Diagnosing = false,
            Computing = MicrobatchSet.Empty,
            CommittedSteps = Math.Min(state.CommittedSteps, state.Step),
        }, null);
    }
}
