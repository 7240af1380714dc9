using System.Diagnostics.Metrics;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Reduce;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Telemetry;

/// <summary>What the coordinator measures; docs/telemetry.md lists it.</summary>
internal sealed class RunMeter : IDisposable
{
    private static readonly NodeStage[] Stages = [.. Enum.GetValues<NodeStage>().Where(stage => stage != NodeStage.Lost)]; // who is lost is in no list
    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly Counter<long> _samples, _generations, _faults, _lost, _recomputed, _mismatches, _bytes;
    private readonly Gauge<long> _committed; // told, not asked for: the last word counts, which is said shortly before the end
    private (long Received, long Sent) _counted;

    /// <param name="state">The run as it is when somebody asks.</param>
    public RunMeter(Func<RunState> state)
    {
        _samples = _meter.CreateCounter<long>("lockstep.samples", "{sample}", "Images of committed steps");
        _generations = _meter.CreateCounter<long>("lockstep.generations", "{generation}", "Generations that this process began");
        _faults = _meter.CreateCounter<long>("lockstep.faults", "{fault}", "What went wrong, by kind");
        _lost = _meter.CreateCounter<long>("lockstep.microbatches.lost", "{microbatch}", "Microbatches of lost nodes that others were given to compute again");
        _recomputed = _meter.CreateCounter<long>("lockstep.microbatches.recomputed", "{microbatch}", "Microbatches of committed steps that were computed more than once");
        _mismatches = _meter.CreateCounter<long>("lockstep.digest.mismatches", "{mismatch}", "Comparisons in which states or sums differed");
        _bytes = _meter.CreateCounter<long>("lockstep.collective.io", "By", "Bytes of gradients sent and received");
        foreach (var counter in (Counter<long>[])[_samples, _generations, _lost, _recomputed, _mismatches]) counter.Add(0); // whoever asks for an increase must have seen the beginning
        foreach (var kind in FaultNote.Kinds) _faults.Add(0, new KeyValuePair<string, object?>(TelemetryNames.FaultKind, kind));
        _committed = _meter.CreateGauge<long>("lockstep.steps.committed", "{step}", "Committed steps");
        _committed.Record(state().CommittedSteps);
        _meter.CreateObservableGauge("lockstep.steps.total", () => state().TotalSteps, "{step}", "Steps of the whole run; 0 until a node has come");
        _meter.CreateObservableGauge("lockstep.loss", () => state() is { CommittedSteps: > 0 } run ? [new(run.Loss)] : Array.Empty<Measurement<double>>(), "1", "Mean loss of the last committed step");
        _meter.CreateObservableUpDownCounter("lockstep.nodes", () => Count(state()), "{node}", "Nodes with a session, by state");
    }

    /// <summary>A step is committed.</summary>
    public void Committed(RunState before, RunState after, ReduceHub hub)
    {
        _samples.Add(after.Settings.GlobalBatch);
        var computed = after.ComputedMicrobatches - before.ComputedMicrobatches;
        if (computed > after.Settings.Microbatches) _recomputed.Add(computed - after.Settings.Microbatches);
        var (received, sent) = (hub.BytesReceived, hub.BytesSent);
        if (received > _counted.Received) _bytes.Add(received - _counted.Received, new KeyValuePair<string, object?>(TelemetryNames.Direction, "receive"));
        if (sent > _counted.Sent) _bytes.Add(sent - _counted.Sent, new KeyValuePair<string, object?>(TelemetryNames.Direction, "transmit"));
        _counted = (received, sent);
    }

    /// <summary>The run stands at another step.</summary>
    public void Moved(RunState after) => _committed.Record(after.CommittedSteps);

    /// <summary>A generation begins.</summary>
    public void Begun(RunState before, RunState after)
    {
        _generations.Add(1);
        if (after.LostMicrobatches > before.LostMicrobatches) _lost.Add(after.LostMicrobatches - before.LostMicrobatches);
    }

    public void Faulted(FaultNote fault)
    {
        _faults.Add(1, new KeyValuePair<string, object?>(TelemetryNames.FaultKind, fault.Kind));
        if (fault.Kind == "digest") _mismatches.Add(1);
    }

    public void Dispose() => _meter.Dispose();

    // All states, or a state that nobody is in any more would keep its last number.
    private static IEnumerable<Measurement<long>> Count(RunState state) => Stages.Select(stage => new Measurement<long>(
        state.Nodes.Count(node => node.Stage == stage), new KeyValuePair<string, object?>(TelemetryNames.NodeState, stage.ToString().ToLowerInvariant())));
}
