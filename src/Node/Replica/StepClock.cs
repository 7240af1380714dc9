using System.Diagnostics;

namespace Lockstep.Node.Replica;

/// <summary>Seconds that this node spent in each part of the current step.</summary>
/// <param name="booked">Hears of every time that is booked on a phase: from when to when.</param>
public sealed class StepClock(Action<StepPhase, long, long>? booked = null)
{
    private readonly double[] _seconds = new double[8];
    private long _since = Stopwatch.GetTimestamp();
    private StepPhase _carriedPhase;
    private double _carried;

    public double this[StepPhase phase] => _seconds[(int)phase];

    /// <summary>A copy of all parts.</summary>
    public IReadOnlyDictionary<StepPhase, double> Seconds() => Enum.GetValues<StepPhase>().ToDictionary(phase => phase, phase => _seconds[(int)phase]);

    /// <summary>Books the time since the last call on a phase.</summary>
    public void End(StepPhase phase)
    {
        var now = Stopwatch.GetTimestamp();
        _seconds[(int)phase] += Stopwatch.GetElapsedTime(_since, now).TotalSeconds;
        booked?.Invoke(phase, _since, now);
        _since = now;
    }

    /// <summary>Moves time from one phase to another: lanes measure waiting for data inside their computing.</summary>
    public void Move(StepPhase from, StepPhase to, double seconds)
    {
        _seconds[(int)from] -= seconds;
        _seconds[(int)to] += seconds;
    }

    /// <summary>A new step begins: forgets the parts of the one before, but for what was carried over.</summary>
    public void Reset()
    {
        Array.Clear(_seconds);
        _seconds[(int)_carriedPhase] = _carried;
        (_carriedPhase, _carried) = (default, 0);
    }

    /// <summary>Time from now is the next part's; what has passed since the last call belongs to nobody.</summary>
    public void Start() => _since = Stopwatch.GetTimestamp();

    /// <summary>Books the time since the last call on a phase of the next step: it came after this one's line was written.</summary>
    public void Carry(StepPhase phase)
    {
        var now = Stopwatch.GetTimestamp();
        (_carriedPhase, _carried, _since) = (phase, Stopwatch.GetElapsedTime(_since, now).TotalSeconds, now);
    }
}
