namespace Lockstep.World.Tests;

/// <summary>Timers of a simulated process.</summary>
internal sealed class ProcessTime(Process process) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(process, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimTimer(Process process, Action callback) : ITimer
    {
        private int _armed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var armed = ++_armed;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            process.After(dueTime.TotalSeconds, () =>
            {
                if (armed == _armed) callback();
            });
            return true;
        }

        public void Dispose() => _armed++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
