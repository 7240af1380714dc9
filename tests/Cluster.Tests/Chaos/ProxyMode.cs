namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>How a <see cref="FaultProxy"/> treats what passes through it.</summary>
internal sealed record ProxyMode
{
    /// <summary>As if it were not there.</summary>
    public static ProxyMode Pass { get; } = new();

    /// <summary>A partition: connections are reset, new ones too as soon as they are made.</summary>
    public static ProxyMode Refuse { get; } = new() { Refuses = true };

    /// <summary>Connections stay open; what is sent is lost, in one direction or both.</summary>
    public static ProxyMode HalfOpen(bool toTarget = true, bool toClient = true) => new() { LosesToTarget = toTarget, LosesToClient = toClient };

    /// <summary>Every chunk waits.</summary>
    public static ProxyMode Delay(TimeSpan latency) => new() { Latency = latency };

    /// <summary>At most so many bytes a second in each direction of each connection.</summary>
    public static ProxyMode Throttle(int bytesPerSecond) => new() { BytesPerSecond = bytesPerSecond };

    public bool Refuses { get; private init; }

    public bool LosesToTarget { get; private init; }

    public bool LosesToClient { get; private init; }

    public TimeSpan Latency { get; private init; }

    /// <summary>0: no limit.</summary>
    public int BytesPerSecond { get; private init; }

    public bool Loses(bool toTarget) => toTarget ? LosesToTarget : LosesToClient;

    /// <summary>How long a chunk is held back.</summary>
    public TimeSpan Pace(int bytes) => Latency + (BytesPerSecond > 0 ? TimeSpan.FromSeconds((double)bytes / BytesPerSecond) : TimeSpan.Zero);
}
