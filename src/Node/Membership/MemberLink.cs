using System.Collections.Immutable;
using System.Globalization;
using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>A node's session: dialled with growing pauses, and again when it breaks, while the state is kept.</summary>
internal static class MemberLink
{
    // A tick that comes later than this after the one before shows that this process stood still itself.
    private static readonly TimeSpan LateTick = TimeSpan.FromSeconds(0.4);

    public static (MemberState, string?) Welcomed(MemberState state, Welcome welcome, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Link != LinkStage.Dialling) return (state, null);
        if (state.Run.Length > 0 && welcome.Run == state.Run && welcome.Epoch < state.Epoch)
        {
            effects.Add(new NodeEffect.HangUp());
            return Refused(state, new($"this is start {welcome.Epoch} of the run's coordinator, but start {state.Epoch} was seen: it is outdated, and nothing of it is taken. Stop it", Retry: true), now);
        }
        effects.Add(new NodeEffect.Send(new() { Ready = new() }));
        if (state.LeaveReason is { } leave) effects.Add(new NodeEffect.Send(new() { Leave = new() { Reason = leave } }));
        return (state with
        {
            Link = LinkStage.Up,
            WasIn = true,
            Attempts = 0,
            Generation = welcome.Run == state.Run ? state.Generation : 0,
            Run = welcome.Run,
            Index = welcome.NodeIndex,
            Epoch = welcome.Epoch,
            CoordinatorHeard = now,
        }, null);
    }

    public static (MemberState, string?) Refused(MemberState state, NodeEvent.Refused refused, TimeSpan now)
    {
        if (state.Link != LinkStage.Dialling) return (state, null);
        state = state with { Link = LinkStage.Down, Attempts = state.Attempts + 1, LastRefusal = refused.Reason, DialAt = now + MemberTimings.Pause(state.Attempts) };
        if (!refused.Retry) return (End(state, refused.Reason), null);
        var patience = !state.WasIn ? state.Timings.FirstConnect
            : state.IsLast && state.Timings.FirstConnect < state.Timings.Reconnect ? state.Timings.FirstConnect // there is not much left to come back for
            : state.Timings.Reconnect;
        return now - state.DownSince < patience
            ? (state, state.Attempts == 1 || state.Attempts % 10 == 0 ? $"no session with the coordinator yet, dialling again: {refused.Reason}" : null)
            : (End(state, $"the coordinator is not reachable after {patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s: {refused.Reason.TrimEnd('.')}. Is it running, and is the address right? Start it with 'lockstep coordinator', or point the node at it"), null);
    }

    public static (MemberState, string?) Lost(MemberState state, string detail, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.Link == LinkStage.Down) return (state, null);
        effects.Add(new NodeEffect.CloseExchange());
        state = state with
        {
            Link = LinkStage.Down,
            Plan = null,
            NextPlan = null,
            ToWrite = null,
            Exchanging = false,
            PreparedSent = false,
            DownSince = now,
            DialAt = now + MemberTimings.Pause(0),
            Attempts = 0,
        };
        if (state.Outcome is null && state.LeaveReason is { } leave) state = state with { Outcome = new() { Outcome = Finish.Types.Outcome.Left, Reason = $"{leave}; the coordinator was lost meanwhile" } };
        return (state, state.Outcome is null ? $"the coordinator was lost ({detail}); the state of step {state.Step} is kept, dialling again" : null);
    }

    /// <summary>Gives the session up from this side.</summary>
    public static (MemberState, string?) HangUp(MemberState state, string reason, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        effects.Add(new NodeEffect.HangUp());
        return Lost(state, reason, now, effects);
    }

    public static (MemberState, string?) Tick(MemberState state, TimeSpan now, ImmutableArray<NodeEffect>.Builder effects)
    {
        var pause = now - state.LastTick;
        state = state with { LastTick = now, CoordinatorHeard = pause < LateTick ? state.CoordinatorHeard : state.CoordinatorHeard + pause };
        var silence = now - state.CoordinatorHeard;
        return state.Link == LinkStage.Up && silence >= state.Timings.CoordinatorSilence
            ? HangUp(state, $"nothing was heard of it for {silence.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s", now, effects)
            : (state, null);
    }

    public static (MemberState, string?) Leave(MemberState state, string reason, ImmutableArray<NodeEffect>.Builder effects)
    {
        if (state.LeaveReason is not null) return (state, null);
        state = state with { LeaveReason = reason };
        if (state.Link == LinkStage.Up)
        {
            effects.Add(new NodeEffect.Send(new() { Leave = new() { Reason = reason } }));
            return (state, $"{reason}: leaving after this step");
        }
        return (state with { Outcome = state.Outcome ?? new() { Outcome = Finish.Types.Outcome.Left, Reason = $"{reason} while there was no coordinator" } }, null);
    }

    /// <summary>The greeting with what is true now.</summary>
    public static Hello Hello(MemberState state)
    {
        var hello = state.Greeting.Clone();
        hello.Held.Clear();
        (hello.Step, hello.StateDigest, hello.Run, hello.Generation, hello.Epoch) = (state.MustFetch ? -1 : state.Step, state.Digest, RunOf(state), state.Generation, state.Epoch);
        if (state.PartialsStep == state.Step) hello.Held.AddRange(state.Held.Union(state.Computing).ToMessages());
        return hello;
    }

    // Who was welcome in a run but in none of its generations has no share in it yet: the coordinator may still name another.
    private static string RunOf(MemberState state) => state.Generation > 0 ? state.Run : state.Greeting.Run;

    // Who holds the last step dials again like everyone, because it may be needed to write the end; but it has not failed.
    private static MemberState End(MemberState state, string reason) => state with
    {
        Outcome = state.Outcome ?? (state.IsLast
            ? new() { Outcome = Finish.Types.Outcome.Completed, Reason = $"the last step is committed; {reason}" }
            : new() { Outcome = Finish.Types.Outcome.Failed, Reason = reason }),
    };
}
