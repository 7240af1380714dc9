using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>How a run ends: the outcome goes to every node, after whatever else is sent.</summary>
public static class RunEnd
{
    private const string Resume = "Start the run again to resume from its last checkpoint.";

    /// <summary>All steps are committed.</summary>
    public static RunDecision Completed(RunState state, string reason, ImmutableArray<RunEffect> before = default) =>
        End(state, Finish.Types.Outcome.Completed, reason, before);

    /// <summary>Somebody asked for the end.</summary>
    public static RunDecision Stopped(RunState state, string reason, ImmutableArray<RunEffect> before = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        return End(state, Finish.Types.Outcome.Stopped, $"{reason}; committed steps: {state.CommittedSteps} of {state.TotalSteps}. Start the run again to resume.", before);
    }

    /// <summary>Something went wrong.</summary>
    public static RunDecision Failed(RunState state, string reason, ImmutableArray<RunEffect> before = default, bool isDoubtful = false)
    {
        ArgumentNullException.ThrowIfNull(state);
        return End(state, Finish.Types.Outcome.Failed, $"{reason}; committed steps: {state.CommittedSteps}. {Resume}", before, isDoubtful);
    }

    private static RunDecision End(RunState state, Finish.Types.Outcome outcome, string reason, ImmutableArray<RunEffect> before, bool isDoubtful = false)
    {
        var finish = new Finish { Outcome = outcome, Reason = reason, StateIsDoubtful = isDoubtful };
        var effects = (before.IsDefault ? [] : before).Add(new RunEffect.Record(new JournalRecord { RunEnded = new() { Outcome = outcome, Reason = reason } }, Durable: true));
        return new(
            state with { Phase = RunPhase.Ended, Outcome = finish },
            effects.AddRange(state.Nodes.Select(node => new RunEffect.SendFinish(node.Session, finish))),
            $"the run ends {outcome}: {reason}");
    }
}
