using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Reduce;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Telemetry;

/// <summary>
/// The coordinator's spans and metrics, read off what each decision changed; the decisions know nothing of it. One caller at a
/// time; gauges are read from any thread.
/// </summary>
internal sealed class RunTelemetry : IDisposable
{
    private readonly int _traceEverySteps;
    private readonly ReduceHub _hub;
    private readonly DateTimeOffset _start;
    private readonly RunMeter _meter;
    private volatile RunState _state;
    private RunTrail _trail = new(TimeSpan.Zero);

    public RunTelemetry(CoordinatorOptions options, RunState initial, ReduceHub hub, TimeProvider time)
    {
        (_traceEverySteps, _state, _hub, _start) = (options.TraceEverySteps, initial, hub, time.GetUtcNow());
        _meter = new(() => _state);
        foreach (var fault in initial.Faults) Faulted(fault);
    }

    /// <summary>Looks at what an event has changed.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="after">The run after it; before, it was as at the last call.</param>
    /// <param name="at">When it happened, since the coordinator's start.</param>
    public void Observe(RunEvent happened, RunState after, TimeSpan at)
    {
        var before = _state;
        if (ReferenceEquals(before, after)) return;
        _state = after;
        if (happened is RunEvent.NodePrepared prepared && prepared.Prepared.Step == before.CommittedSteps && before.Find(prepared.Session) is { IsMember: true, Prepared: null } node)
            _trail.Prepared(node.Name, at);
        foreach (var fault in NewFaults(before, after)) Faulted(fault);
        if (after.CommittedSteps != before.CommittedSteps) _meter.Moved(after);
        if (after.CommittedSteps == before.CommittedSteps + 1) Committed(before, after, at);
        else if (after.CommittedSteps != before.CommittedSteps) _trail = new(at); // everybody fell back, or the run was taken over
        if (after.Generation != before.Generation) Begun(before, after, at);
        if (after.CommittedSteps != before.CommittedSteps || after.Generation != before.Generation) StepInProgress.Set(after.Run, after.CommittedSteps);
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<FaultNote> NewFaults(RunState before, RunState after) => before.Faults == after.Faults ? []
        : before.Faults.IsEmpty ? after.Faults : after.Faults.SkipWhile(fault => !ReferenceEquals(fault, before.Faults[^1])).Skip(1);

    private void Faulted(FaultNote fault)
    {
        _meter.Faulted(fault);
        _trail.Faulted(fault);
    }

    private void Committed(RunState before, RunState after, TimeSpan at)
    {
        _meter.Committed(before, after, _hub);
        if (before.Members.Any(member => after.Nodes.All(node => node.Name != member.Name))) _trail.Disturb();
        if (_trail.IsDisturbed || StepTrace.IsSampled(before.CommittedSteps, _traceEverySteps)) _trail.Tell(before, at, _start);
        _trail = new(at);
    }

    private void Begun(RunState before, RunState after, TimeSpan at)
    {
        _meter.Begun(before, after);
        if (before.Phase == RunPhase.Waiting && before.Generation == 0) _trail = new(at); // nodes were waited for, not the step
        if (after.CommittedSteps == before.CommittedSteps) _trail.Begun(after.Generation, at, isFirst: before.Generation == 0);
    }
}
