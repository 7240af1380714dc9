using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>What a node does next, from all that it knows. The numbers are those of docs/architecture.md.</summary>
internal static class MemberStep
{
    public static MemberState Advance(MemberState state, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects, ref string? reason)
    {
        // :: 6  commit: whatever is known to be committed is applied first, with or without a coordinator
        if (CanApply(state))
        {
            var every = (state.NextPlan ?? state.Plan)?.DigestEverySteps ?? 1;
            effects.Add(new NodeEffect.Apply(state.Step, WithDigest: every <= 1 || (state.Step + 1) % every == 0));
            return state with { Applying = true };
        }
        if (state.Applying || state.Writing || state.Diagnosing) return state;
        if (state.Outcome is { } outcome) return End(state, outcome, effects);
        if (state.Link == LinkStage.Down) return Dial(state, now, effects);

        if (state.ToWrite is { } ending)
        {
            effects.Add(new NodeEffect.Write(state.Run, ending.Generation));
            return state with { ToWrite = null, Writing = true };
        }

        // :: 1  plan
        if (state.NextPlan is { } plan)
        {
            var (next, refusal) = Adopt(state, plan, effects);
            if (refusal is not null) (state, reason) = MemberLink.HangUp(state, refusal, now, effects);
            else (state, reason) = (next, $"generation {plan.Generation} at step {plan.FirstStep}: {(next.Listening ? "listens" : $"microbatches {plan.WorkAt(plan.MemberOf(state.Index)!, plan.FirstStep)}")}");
        }
        return state.Plan is null ? state : state.Listening ? Listen(state, effects) : Work(state, effects);
    }

    private static bool CanApply(MemberState state) =>
        state.Step >= 0 && state.CommittedSteps > state.Step && state.SumsFrom <= state.Step && state.Step < state.SumsTo
        && state.IsStateAtRest && !state.MustFetch && state.Computing.IsEmpty;

    private static MemberState End(MemberState state, Finish outcome, ImmutableArray<NodeEffect>.Builder effects)
    {
        effects.Add(new NodeEffect.Exit(outcome));
        return state with { Exited = true };
    }

    private static MemberState Dial(MemberState state, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (now < state.DialAt || !state.IsStateAtRest) return state;
        effects.Add(new NodeEffect.Dial(MemberLink.Hello(state)));
        return state with { Link = LinkStage.Dialling };
    }

    private static (MemberState State, string? Refusal) Adopt(MemberState state, Plan plan, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (plan.MemberOf(state.Index) is not { } me) return (state, $"generation {plan.Generation} has no member with the number {state.Index}");
        if (!me.Listens && (state.Step != plan.FirstStep || state.MustFetch || state.Fetching))
            return (state, $"generation {plan.Generation} begins at step {plan.FirstStep}, but this node holds the state of step {state.Step}");

        effects.Add(new NodeEffect.Adopt(plan, state.Index));
        var next = state with
        {
            Plan = plan,
            NextPlan = null,
            Listening = me.Listens,
            Exchanging = false,
            Prepared = null,
            PreparedSent = false,
            MustFetch = state.MustFetch || plan.DiscardState,
        };
        // Sums that a listener has of earlier steps are of use if none is missing between them and this generation's first.
        var joins = me.Listens && !plan.DiscardState && state.SumsFrom <= plan.FirstStep && plan.FirstStep <= state.SumsTo;
        if (!joins) effects.Add(new NodeEffect.DropSums(long.MaxValue));
        return (next with { SumsFrom = joins ? state.SumsFrom : plan.FirstStep, SumsTo = plan.FirstStep }, null);
    }

    private static MemberState Listen(MemberState state, ImmutableArray<NodeEffect>.Builder effects)
    {
        var plan = state.Plan!;
        if (!state.Exchanging)
        {
            effects.Add(new NodeEffect.Listen(plan.Generation, plan.FirstStep));
            state = state with { Exchanging = true };
        }
        if (state.Fetching || !state.Computing.IsEmpty) return state;
        if (state.MustFetch || state.Step < state.SumsFrom)
        {
            if (plan.Donors.Count == 0) return state;
            effects.Add(new NodeEffect.Fetch(plan.Run, [.. plan.Donors], state.SumsFrom));
            return state with { Fetching = true, Step = -1, Digest = "", PartialsStep = -1, Held = MicrobatchSet.Empty };
        }
        if (state.SumsFrom < state.Step)
        {
            effects.Add(new NodeEffect.DropSums(state.Step));
            state = state with { SumsFrom = Math.Min(state.Step, state.SumsTo) };
        }
        return SendPrepared(state, effects);
    }

    private static MemberState Work(MemberState state, ImmutableArray<NodeEffect>.Builder effects)
    {
        var plan = state.Plan!;
        if (state.CommittedSteps > state.Step || state.Step >= plan.TotalSteps || state.IsLast) return state;
        if (!state.Computing.IsEmpty && state.PartialsStep != state.Step) return state; // lanes finish what an earlier step left

        // :: 2, 3  load and compute what nobody has computed here yet
        var work = plan.WorkAt(plan.MemberOf(state.Index)!, state.Step);
        if (state.PartialsStep != state.Step)
        {
            effects.Add(new NodeEffect.BeginStep(state.Step, work));
            state = state with { PartialsStep = state.Step, PartialsWork = work, Held = MicrobatchSet.Empty };
        }
        else if (!state.PartialsWork.Equals(work))
        {
            if (!state.Computing.IsEmpty) return state; // partial sums change shape only while nobody adds to them
            effects.Add(new NodeEffect.Retarget(state.Step, work));
            state = state with { PartialsWork = work, Held = Kept(state.Held, work) };
        }
        if (state.Computing.IsEmpty && work.Except(state.Held) is { IsEmpty: false } missing)
        {
            effects.Add(new NodeEffect.Compute(state.Step, missing));
            state = state with { Computing = missing };
        }

        // :: 4  reduce: slices travel as they become final
        if (!state.Exchanging)
        {
            effects.Add(new NodeEffect.Reduce(plan.Generation, state.Step));
            state = state with { Exchanging = true };
        }

        // :: 5  prepare: nobody applies a step that somebody does not hold
        return SendPrepared(state, effects);
    }

    /// <summary>What Retarget keeps: whole maximal blocks of the held set that lie inside a maximal block of the new work.</summary>
    internal static MicrobatchSet Kept(MicrobatchSet held, MicrobatchSet work)
    {
        var blocks = work.Blocks;
        return MicrobatchSet.Of(held.Blocks.Where(block => blocks.Any(wanted => wanted.Contains(block))));
    }

    private static MemberState SendPrepared(MemberState state, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.PreparedSent || state.Prepared is not { } prepared || prepared.Step != state.Step || state.CommittedSteps != state.Step) return state;
        var own = prepared.Clone();
        own.StateDigest = state.Plan!.DigestEverySteps <= 1 || state.Step % state.Plan.DigestEverySteps == 0 ? state.Digest : "";
        effects.Add(new NodeEffect.Send(new() { Prepared = own }));
        return state with { PreparedSent = true };
    }
}
