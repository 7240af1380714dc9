namespace Lockstep.Node.Tests;

/// <summary>Time that passes when told to; timers run on the thread that tells. Safe for use by many threads.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks;
    private int _looks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How often somebody has looked at the clock.</summary>
    public int Looks => Volatile.Read(ref _looks);

    /// <summary>Timers that run once and have not run: somebody waits.</summary>
    public int Timers
    {
        get
        {
            lock (_lock) return _timers.Count(timer => !timer.Repeats);
        }
    }

    /// <summary>When set, whoever wants to wait has waited already: a timer moves the clock to its end.</summary>
    public bool Skips { get; init; }

    /// <summary>How long everybody wanted to wait, in order.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public override long GetTimestamp()
    {
        Interlocked.Increment(ref _looks);
        return Interlocked.Read(ref _ticks);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state), Interlocked.Read(ref _ticks) + dueTime.Ticks, period);
        lock (_lock)
        {
            if (!timer.Repeats) Waits.Add(dueTime);
            _timers.Add(timer);
        }
        if (Skips && !timer.Repeats) Advance(dueTime);
        return timer;
    }

    /// <summary>Runs what is due, once each.</summary>
    public void Advance(TimeSpan time)
    {
        var now = Interlocked.Add(ref _ticks, time.Ticks);
        ManualTimer[] due;
        lock (_lock) due = [.. _timers.Where(timer => timer.Due <= now)];
        foreach (var timer in due) timer.Run(now);
    }

    private sealed class ManualTimer(ManualTime time, Action callback, long due, TimeSpan period) : ITimer
    {
        public long Due { get; private set; } = due;

        public bool Repeats => period > TimeSpan.Zero;

        public void Run(long now)
        {
            if (Repeats) Due = now + period.Ticks;
            else Dispose();
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
