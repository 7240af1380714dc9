namespace Lockstep.Coordinator.Planning;

/// <summary>
/// When a node that is heard of counts as stuck: its heartbeats' progress counter stands still, although it waits for
/// nobody, for ten times the longest time that this node has ever taken between two moves of the counter, and for the
/// least patience (<see cref="Liveness.LeastStuck"/>) at any rate. Time that it waits for others does not count.
/// </summary>
/// <param name="LastMoved">When the counter last moved, or the node last waited.</param>
/// <param name="Progress">The counter.</param>
/// <param name="Waits">True when it waits for others.</param>
/// <param name="Longest">The longest time between two moves.</param>
public readonly record struct ProgressDeadline(TimeSpan LastMoved, long Progress = 0, bool Waits = false, TimeSpan Longest = default)
{
    private const int Times = 10;

    /// <summary>A heartbeat of the node came.</summary>
    /// <param name="progress">Its counter.</param>
    /// <param name="waits">Whether it waits for others.</param>
    /// <param name="now">When it came.</param>
    public ProgressDeadline Heard(long progress, bool waits, TimeSpan now)
    {
        if (progress == Progress && !waits && !Waits) return this;
        var took = Waits ? TimeSpan.Zero : now - LastMoved;
        return new(now, progress, waits, took > Longest ? took : Longest);
    }

    /// <summary>The standstill after which the node counts as stuck.</summary>
    /// <param name="least">At least so long.</param>
    public TimeSpan Deadline(TimeSpan least) => Longest * Times > least ? Longest * Times : least;

    /// <summary>True when the node has stood still, on its own account, for its deadline.</summary>
    public bool IsStuck(TimeSpan now, TimeSpan least) => !Waits && now - LastMoved >= Deadline(least);

    /// <summary>The coordinator itself stood still for so long: that time is not the node's.</summary>
    public ProgressDeadline Credit(TimeSpan pause) => this with { LastMoved = LastMoved + pause };
}
