using Lockstep.Node.Replica;
using Lockstep.Protos;

namespace Lockstep.Node.Telemetry;

/// <summary>
/// A node's spans and metrics. Of an ordinary step nothing is kept but a few times; its spans are emitted at its end, if the step
/// is a sampled one or was disturbed. Without a listener next to nothing happens here. From any thread.
/// </summary>
public sealed class NodeTelemetry(int traceEverySteps, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly NodeMeter _meter = new();
    private string _run = "";
    private Plan? _plan;
    private long? _began; // when this node's part in the open step began
    private StepTrail? _open; // the step that is not applied yet
    private StepTrail? _held; // an ordinary step, until it is known that nobody was lost at its end

    /// <summary>A generation begins: an open step goes on in it.</summary>
    /// <param name="plan">The generation.</param>
    /// <param name="listens">This node has no work in it.</param>
    public void Adopted(Plan plan, bool listens)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (_gate)
        {
            if (_held is { } ended && _plan is { } before && before.Members.Any(was => !was.Listens && plan.Members.All(now => now.Node != was.Node))) ended.Tell("disturbed");
            (_held, _run, _plan) = (null, plan.Run, plan);
            if (!listens) _open?.Retry(plan.Generation);
        }
    }

    /// <summary>A step begins, or begins again with another state.</summary>
    public void Began(long step)
    {
        lock (_gate)
        {
            (_held, _began) = (null, time.GetTimestamp());
            StepInProgress.Set(_run, step);
            if (_open?.Step == step) return;
            Abandon("superseded", "the run went on with another step");
            _open = StepTrace.Source.HasListeners() ? new(_run, step, _plan?.Generation ?? 0, time) : null;
        }
    }

    /// <summary>A phase of the open step has ended.</summary>
    public void Booked(StepPhase phase, long from, long to)
    {
        lock (_gate)
        {
            if (PartOf(phase) is { } part) _open?.Book(part, from, to);
        }
    }

    /// <summary>How long the lanes waited for data in the computing that has ended, seconds on average.</summary>
    public void Waited(double seconds)
    {
        lock (_gate) _open?.BookWait(seconds);
    }

    /// <summary>The exchange of the open step broke.</summary>
    public void Broke(string reason)
    {
        lock (_gate) _open?.Broke(reason);
    }

    /// <summary>The exchange is closed; what was at work in it comes to nothing.</summary>
    /// <param name="phase">What the node does, as its heartbeat says.</param>
    public void CutOff(string phase)
    {
        var part = phase switch
        {
            "compute" => TelemetryNames.Compute,
            "reduce" => TelemetryNames.Reduce,
            "prepare" => TelemetryNames.Commit,
            _ => null, // the step is committed
        };
        lock (_gate)
        {
            if (part is not null) _open?.CutOff(part);
        }
    }

    /// <summary>The optimizer and the teacher have done their part.</summary>
    public void Updated(long from, long to, double teacherSeconds)
    {
        lock (_gate)
        {
            var teacher = Math.Max(from, to - (long)(teacherSeconds * time.TimestampFrequency));
            _open?.Book(TelemetryNames.Optimizer, from, teacher);
            _open?.Book(TelemetryNames.Teacher, teacher, to);
        }
    }

    /// <summary>A step is applied and written down.</summary>
    public void Applied(StepOutcome step, int computed, bool writes)
    {
        ArgumentNullException.ThrowIfNull(step);
        lock (_gate)
        {
            _meter.Applied(step, _began is { } began ? time.GetElapsedTime(began).TotalSeconds : null, computed, writes);
            _began = null;
            if (_open is not { } trail || trail.Step != step.Step) return;
            _open = null;
            trail.End();
            if (trail.IsDisturbed) trail.Tell("disturbed");
            else if (StepTrace.IsSampled(step.Step, traceEverySteps)) trail.Tell("sampled");
            else _held = trail;
        }
    }

    /// <summary>The sum of the open step is not finite, and this node does not agree to it.</summary>
    public void Refused() => _meter.StepRefused();

    /// <summary>The node begins to fetch a state of this step or later.</summary>
    public TimedWork Heal(string run, long step)
    {
        lock (_gate)
        {
            var cause = _open is { IsDisturbed: true } failed ? failed.Tell("disturbed") : null;
            _open = null;
            return new(TelemetryNames.Heal, run, step, time, _meter.HealEnded, cause);
        }
    }

    /// <summary>A checkpoint of the state after so many steps is begun.</summary>
    public TimedWork Checkpoint(long steps)
    {
        lock (_gate) return new(TelemetryNames.Checkpoint, _run, steps - 1, time, _meter.CheckpointEnded);
    }

    /// <summary>Tells of a step that will not be finished here.</summary>
    public void Dispose()
    {
        lock (_gate) Abandon("node_ended", "the node ended before the step was committed");
        _meter.Dispose();
    }

    private void Abandon(string type, string text)
    {
        _open?.Abandon(type, text);
        _open?.Tell("disturbed");
        _open = null;
    }

    private static string? PartOf(StepPhase phase) => phase switch
    {
        StepPhase.Compute => TelemetryNames.Compute,
        StepPhase.Reduce => TelemetryNames.Reduce,
        StepPhase.Prepare => TelemetryNames.Commit,
        _ => null, // Load is told by Waited, Commit by Updated; what comes after has spans of its own
    };
}
