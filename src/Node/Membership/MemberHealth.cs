namespace Lockstep.Node.Membership;

/// <summary>What a node's own decisions say of its health. Null: all is well, else what is not.</summary>
public static class MemberHealth
{
    // Longer than anything that the node's decisions wait for: hanging up, closing an exchange.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(2);

    /// <param name="state">Null before the first decision: images are being listed, a checkpoint is being read.</param>
    public static string? Startup(MemberState? state) => state is null ? "it has not begun to dial the coordinator" : null;

    /// <summary>
    /// A node decides something twenty times a second, whatever it waits for: other nodes, the coordinator, its storage. One
    /// that does not is beyond help, unless it is at its end and writes its last checkpoint.
    /// </summary>
    /// <param name="sinceDecision">Time since the last decision.</param>
    public static string? Live(MemberState? state, TimeSpan sinceDecision) =>
        state is { Exited: true } || sinceDecision <= LongestTurn ? null : $"it has decided nothing for {sinceDecision.TotalSeconds:F0} s";

    /// <summary>Ready is who is in the run with the whole state: at work, or waiting for the run to begin.</summary>
    public static string? Ready(MemberState? state) => state switch
    {
        null => Startup(null),
        { Outcome: { } outcome } => $"its part of the run is over: {outcome.Reason}",
        { LeaveReason: { } reason } => reason,
        { Link: not LinkStage.Up } => "it is in no session with the coordinator",
        { Fetching: true } or { MustFetch: true } or { Step: < 0 } => "it fetches the state",
        { Listening: true } => "it catches up",
        _ => null,
    };
}
