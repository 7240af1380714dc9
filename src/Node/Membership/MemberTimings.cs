namespace Lockstep.Node.Membership;

/// <summary>How patient a node is.</summary>
/// <param name="FirstConnect">How long a coordinator is dialled that has never answered.</param>
/// <param name="Reconnect">How long a coordinator is dialled that was lost; the node keeps its state meanwhile.</param>
/// <param name="CoordinatorSilence">Silence after which the coordinator counts as lost; it speaks a few times a second.</param>
public sealed record MemberTimings(TimeSpan FirstConnect, TimeSpan Reconnect, TimeSpan CoordinatorSilence)
{
    /// <summary>Pause before the n-th attempt in a row, n from 0.</summary>
    public static TimeSpan Pause(int attempt) => TimeSpan.FromSeconds(Math.Min(0.5, 0.1 * Math.Pow(2, Math.Min(attempt, 10))));
}
