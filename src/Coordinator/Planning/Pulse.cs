namespace Lockstep.Coordinator.Planning;

/// <summary>
/// How long a node may be silent: the base timeout and on top of it the longest gap between its messages of late (halved
/// every 16 s, which is 64 heartbeats), at most ten times the base. So a node with quiet heartbeats that hangs is noticed
/// soon, and one that is known to pause gets the more patience.
/// </summary>
/// <param name="LastHeard">When its last message came.</param>
/// <param name="LongestGap">The longest gap of late, as worth at that moment.</param>
public readonly record struct Pulse(TimeSpan LastHeard, TimeSpan LongestGap = default)
{
    private const double HalfLifeSeconds = 16;
    private const int MostBases = 10;

    /// <summary>A message of the node came.</summary>
    public Pulse Heard(TimeSpan now)
    {
        var gap = now - LastHeard;
        if (gap <= TimeSpan.Zero) return this with { LastHeard = now };
        var faded = LongestGap * Math.Pow(0.5, gap.TotalSeconds / HalfLifeSeconds);
        return new(now, gap > faded ? gap : faded);
    }

    /// <summary>The silence after which the node counts as lost.</summary>
    public TimeSpan Deadline(TimeSpan baseTimeout)
    {
        var most = baseTimeout * MostBases;
        return LongestGap < most - baseTimeout ? baseTimeout + LongestGap : most;
    }

    /// <summary>True when the node has been silent for its deadline.</summary>
    public bool IsSilent(TimeSpan now, TimeSpan baseTimeout) => now - LastHeard >= Deadline(baseTimeout);

    /// <summary>
    /// The coordinator itself stood still for so long (its own tick came late), so that it could hear nobody: that time is
    /// not the node's silence. To be told before the messages that waited meanwhile.
    /// </summary>
    public Pulse Credit(TimeSpan pause) => this with { LastHeard = LastHeard + pause };
}
