using System.Diagnostics;
using Lockstep.Protos;

namespace Lockstep.Node.Telemetry;

/// <summary>A piece of work that is rare and always told of: a checkpoint, a heal. Calls made meanwhile hang under its span.</summary>
public sealed class TimedWork : IDisposable
{
    private readonly Activity? _span;
    private readonly TimeProvider _time;
    private readonly Action<double, string?> _ended;
    private readonly long _from;
    private string? _error = "cancelled";

    internal TimedWork(string name, string run, long step, TimeProvider time, Action<double, string?> ended, ActivityContext? cause = null)
    {
        (_time, _ended, _from) = (time, ended, time.GetTimestamp());
        if (run.Length == 0 || !StepTrace.Source.HasListeners()) return;
        _span = StepTrace.Start(name, StepTrace.RootOf(run, step), time.GetUtcNow(), cause is { } failed ? [new(failed)] : []);
        _span?.SetTag(TelemetryNames.Run, run).SetTag(TelemetryNames.StepNumber, step);
    }

    /// <summary>It has succeeded.</summary>
    public void Done() => _error = null;

    /// <summary>It has failed.</summary>
    /// <param name="type">Why, in one word of few.</param>
    /// <param name="text">Why, in a sentence.</param>
    public void Failed(string type, string text)
    {
        _error = type;
        _span?.SetStatus(ActivityStatusCode.Error, text);
    }

    /// <summary>Ends it; what was neither done nor failed was cancelled.</summary>
    public void Dispose()
    {
        if (_error is not null) _span?.SetTag(TelemetryNames.ErrorType, _error);
        _span?.Dispose();
        _ended(_time.GetElapsedTime(_from).TotalSeconds, _error);
    }
}
