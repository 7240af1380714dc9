using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Status;

/// <summary>What the run says of the coordinator's health. Null: all is well, else what is not.</summary>
public static class RunHealth
{
    // Longer than a healthy disk takes for anything.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A coordinator looks at its run twenty times a second, also while it waits for nodes or for room on the journal's disk. One
    /// that does not hangs, most likely in that disk.
    /// </summary>
    /// <param name="sinceTurn">Time since it last did.</param>
    public static string? Live(TimeSpan sinceTurn) => sinceTurn <= LongestTurn ? null : $"it has decided nothing for {sinceTurn.TotalSeconds:F0} s";

    /// <summary>Nodes are accepted until the end of the run is written; also while it is: one that comes back may have to write it.</summary>
    /// <param name="handsOver">The coordinator ends, the run does not.</param>
    public static string? Ready(RunState state, bool handsOver)
    {
        ArgumentNullException.ThrowIfNull(state);
        return handsOver ? "it hands over to its journal" : state.Outcome is { } outcome ? $"the run has ended: {outcome.Reason}" : null;
    }
}
