using System.Diagnostics;
using Lockstep.Protos;

namespace Lockstep.Node.Telemetry;

/// <summary>
/// What a node did for one step, attempt by attempt, kept until it is known whether the step is worth telling of. Used by one
/// thread at a time.
/// </summary>
internal sealed class StepTrail
{
    private readonly string _run;
    private readonly TimeProvider _time;
    private readonly (DateTimeOffset Utc, long Timestamp) _anchor;
    private readonly List<StepAttempt> _attempts;
    private long _booked;
    private string? _broken;

    public StepTrail(string run, long step, long generation, TimeProvider time)
    {
        (_run, Step, _time) = (run, step, time);
        _anchor = (time.GetUtcNow(), time.GetTimestamp());
        (_attempts, _booked) = ([new(generation, _anchor.Timestamp)], _anchor.Timestamp);
    }

    public long Step { get; }

    /// <summary>An attempt was cut off.</summary>
    public bool IsDisturbed { get; private set; }

    private StepAttempt Last => _attempts[^1];

    /// <summary>A part is done. Time that was booked before is not booked twice.</summary>
    public void Book(string name, long from, long to, bool cut = false)
    {
        var start = Math.Max(from, _booked);
        _booked = Math.Max(_booked, to);
        // Until a sum is here nobody waits for its commit: that was the time between two attempts.
        if (name == TelemetryNames.Commit && Last.Parts.All(part => part.Name != TelemetryNames.Reduce)) return;
        if (to > start) Last.Add(name, start, to, cut);
    }

    /// <summary>Within the computing that was booked last, the lanes waited so long for data.</summary>
    public void BookWait(double seconds)
    {
        if (seconds <= 0 || Last.Parts.LastOrDefault(part => part.Name == TelemetryNames.Compute) is not { Name: not null } compute) return;
        Last.Add(TelemetryNames.Data, compute.From, Math.Min(compute.To, compute.From + (long)(seconds * _time.TimestampFrequency)));
    }

    /// <summary>The exchange broke, as will be seen when the attempt is cut off.</summary>
    public void Broke(string reason) => _broken ??= reason;

    /// <summary>The attempt comes to nothing; what it was at is part of it. What is computed stays computed.</summary>
    public void CutOff(string part)
    {
        if (Last.Failure is not null) return;
        var now = _time.GetTimestamp();
        Book(part, 0, now, cut: part != TelemetryNames.Compute);
        var (type, text) = _broken is { } reason ? ("exchange_broke", reason) : ("generation_over", $"generation {Last.Generation} is over before the step was committed");
        Last.Fail(type, text, now);
        (IsDisturbed, _broken) = (true, null);
    }

    /// <summary>The step goes on in another generation.</summary>
    public void Retry(long generation)
    {
        if (Last.Failure is null) return;
        _attempts.Add(new(generation, _time.GetTimestamp()));
    }

    /// <summary>The step is applied: in the last attempt, even if that was cut off while its commit was on the way.</summary>
    public void End() => Last.End(_time.GetTimestamp());

    /// <summary>The node ends before the step is committed.</summary>
    public void Abandon(string type, string text)
    {
        if (Last.To == 0) Last.Fail(type, text, _time.GetTimestamp());
    }

    /// <summary>Emits the spans: one an attempt, each linked to the one before, which came to nothing.</summary>
    /// <returns>The last attempt; null when nobody listens.</returns>
    public ActivityContext? Tell(string reason)
    {
        var root = StepTrace.RootOf(_run, Step);
        ActivityContext? before = null;
        foreach (var attempt in _attempts)
        {
            using var span = StepTrace.Start(TelemetryNames.Step, root, At(attempt.From), before is { } failed ? [new(failed)] : []);
            if (span is null) return null;
            span.SetTag(TelemetryNames.Run, _run).SetTag(TelemetryNames.StepNumber, Step).SetTag(TelemetryNames.Generation, attempt.Generation).SetTag(TelemetryNames.TraceReason, reason);
            if (attempt.Failure is { } failure) Fail(span, failure.Type, failure.Text);
            foreach (var part in attempt.Parts)
            {
                var child = StepTrace.Start(part.Name, span.Context, At(part.From));
                if (child is not null && part.Cut && attempt.Failure is { } cut) Fail(child, cut.Type, cut.Text);
                child.End(At(part.To));
            }
            span.SetEndTime(At(attempt.To).UtcDateTime);
            before = span.Context;
        }
        return before;
    }

    private static void Fail(Activity span, string type, string text) => span.SetTag(TelemetryNames.ErrorType, type).SetStatus(ActivityStatusCode.Error, text);

    private DateTimeOffset At(long timestamp) => _anchor.Utc + _time.GetElapsedTime(_anchor.Timestamp, timestamp);
}
