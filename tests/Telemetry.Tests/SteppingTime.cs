namespace Lockstep.Telemetry.Tests;

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class SteppingTime : TimeProvider
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Begin.AddTicks(_ticks);

    /// <summary>Lets time pass; returns from when to when.</summary>
    public (long From, long To) Pass(TimeSpan time)
    {
        var from = _ticks;
        return (from, _ticks += time.Ticks);
    }
}
