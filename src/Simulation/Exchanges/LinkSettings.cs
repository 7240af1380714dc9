namespace Lockstep.Simulation.Exchanges;

/// <summary>The line of every node (and of the coordinator): full duplex, the same both ways.</summary>
/// <param name="Bandwidth">Bytes a second each way.</param>
/// <param name="LatencySeconds">From the last byte sent to the arrival.</param>
/// <param name="MessageSeconds">Time that a line is taken by each message beside its bytes: framing, system calls, checksums.</param>
public sealed record LinkSettings(double Bandwidth, double LatencySeconds, double MessageSeconds)
{
    /// <summary>
    /// Bytes a second of all messages of all nodes together: the middle of an oversubscribed network, or the one machine whose
    /// cores copy them all. Infinite: only the lines are narrow.
    /// </summary>
    public double SharedBandwidth { get; init; } = double.PositiveInfinity;

    /// <summary>What so many messages of so many bytes cost on the line, as bytes.</summary>
    public double Cost(double bytes, double messages = 1) => messages * (bytes + MessageSeconds * Bandwidth);
}
