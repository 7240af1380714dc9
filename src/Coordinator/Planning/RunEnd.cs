using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>How a run ends: the outcome goes to every node, after whatever else is sent.</summary>
public static class RunEnd
{
    private const string Resume = "Start the run again to resume from its last checkpoint.";

    /// <summary>All steps are committed; it is over when a node has written the end.</summary>
    public static RunDecision Completed(RunState state, string reason, ImmutableArray<RunEffect> before = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return EndWriting.Begin(state, Finish(Protos.Finish.Types.Outcome.Completed, reason), before.IsDefault ? [] : before);
    }

    /// <summary>The end was written by an earlier start of the coordinator.</summary>
    internal static RunDecision CompletedBefore(RunState state, string reason) =>
        End(state, Finish(Protos.Finish.Types.Outcome.Completed, $"all {state.CommittedSteps} steps were committed before; {reason}"), []);

    /// <summary>Somebody asked for the end; it is over when a node, if there is one, has written it.</summary>
    public static RunDecision Stopped(RunState state, string reason, ImmutableArray<RunEffect> before = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return EndWriting.Begin(state, Finish(Protos.Finish.Types.Outcome.Stopped, Stop(state, reason)), before.IsDefault ? [] : before);
    }

    /// <summary>Somebody does not want to wait for anything.</summary>
    public static RunDecision StoppedAtOnce(RunState state, string reason)
    {
        ArgumentNullException.ThrowIfNull(state);
        return End(state, Finish(Protos.Finish.Types.Outcome.Stopped, Stop(state, reason)), []);
    }

    /// <summary>Something went wrong.</summary>
    public static RunDecision Failed(RunState state, string reason, ImmutableArray<RunEffect> before = default, bool isDoubtful = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        var finish = Finish(Protos.Finish.Types.Outcome.Failed, $"{reason}; committed steps: {state.CommittedSteps}. {Resume}");
        finish.StateIsDoubtful = isDoubtful;
        return End(state, finish, before.IsDefault ? [] : before);
    }

    /// <summary>The end itself: it is written down, and everyone is told.</summary>
    internal static RunDecision End(RunState state, Finish finish, ImmutableArray<RunEffect> before) => new(
        state with { Phase = RunPhase.Ended, Ending = null, Outcome = finish },
        [
            .. before,
            new RunEffect.Record(new JournalRecord { RunEnded = new() { Outcome = finish.Outcome, Reason = finish.Reason } }, Durable: true),
            .. state.Nodes.Select(node => new RunEffect.SendFinish(node.Session, finish)),
        ],
        $"the run ends {finish.Outcome}: {finish.Reason}");

    private static Finish Finish(Finish.Types.Outcome outcome, string reason) => new() { Outcome = outcome, Reason = reason };

    private static string Stop(RunState state, string reason) => $"{reason}; committed steps: {state.CommittedSteps} of {state.TotalSteps}. Start the run again to resume.";
}
