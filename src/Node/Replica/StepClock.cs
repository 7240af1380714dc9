using System.Diagnostics;

namespace Lockstep.Node.Replica;

/// <summary>Seconds that this node spent in each part of the current step.</summary>
public sealed class StepClock
{
    private readonly double[] _seconds = new double[8];
    private long _since = Stopwatch.GetTimestamp();

    public double this[StepPhase phase] => _seconds[(int)phase];

    public double Total => _seconds.Sum();

    /// <summary>Books the time since the last call on a phase.</summary>
    public void End(StepPhase phase)
    {
        var now = Stopwatch.GetTimestamp();
        _seconds[(int)phase] += Stopwatch.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
    }

    /// <summary>Moves time from one phase to another: lanes measure waiting for data inside their computing.</summary>
    public void Move(StepPhase from, StepPhase to, double seconds)
    {
        _seconds[(int)from] -= seconds;
        _seconds[(int)to] += seconds;
    }

    public void Reset() => Array.Clear(_seconds);
}
