using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lockstep.Node.Replica;
using Lockstep.Protos;

namespace Lockstep.Node.Telemetry;

/// <summary>What a node measures; docs/telemetry.md lists it. Which node it is, its resource says: never an attribute here.</summary>
internal sealed class NodeMeter : IDisposable
{
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300],
    };

    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly Histogram<double> _step, _data, _compute, _reduce, _commit, _checkpoint, _heal;
    private readonly Counter<long> _bytes, _computed, _replaced, _refused, _checkpointFailures;
    private double? _learningRate;

    public NodeMeter()
    {
        _step = Duration("lockstep.step.duration", "From the beginning of a step on this node until it is applied and written down");
        _data = Duration("lockstep.data.wait.duration", "Time of a step in which the lanes waited for data, on average");
        _compute = Duration("lockstep.compute.duration", "Time of a step in which this node computed, before it waited for anybody");
        _reduce = Duration("lockstep.reduce.duration", "Time of a step from the end of computing until the sum was here");
        _commit = Duration("lockstep.commit.wait.duration", "Time of a step from the sum until the commit: waiting for other nodes");
        _checkpoint = Duration("lockstep.checkpoint.duration", "From the copy of the state until the checkpoint is on disk");
        _heal = Duration("lockstep.heal.duration", "Fetching a state from a peer: after joining, or because the own one differed");
        _bytes = _meter.CreateCounter<long>("lockstep.collective.io", "By", "Bytes of gradients sent and received");
        _computed = _meter.CreateCounter<long>("lockstep.microbatches.computed", "{microbatch}", "Microbatches computed for applied steps");
        _replaced = _meter.CreateCounter<long>("lockstep.samples.replaced", "{sample}", "Broken images that another one replaced");
        _refused = _meter.CreateCounter<long>("lockstep.steps.refused", "{step}", "Steps that this node refused to commit, because a loss, gradient or statistic was not finite");
        _checkpointFailures = _meter.CreateCounter<long>("lockstep.checkpoint.failures", "{failure}", "Checkpoints that could not be written");
        foreach (var counter in (Counter<long>[])[_computed, _replaced, _refused, _checkpointFailures]) counter.Add(0); // whoever asks for an increase must have seen the beginning
        _meter.CreateObservableGauge("lockstep.learning_rate", () => _learningRate is { } rate ? [new Measurement<double>(rate)] : Array.Empty<Measurement<double>>(), "1", "Learning rate of the last step, told by the node that writes the run folder");
    }

    /// <summary>A step is applied.</summary>
    /// <param name="step">What is known of it.</param>
    /// <param name="seconds">How long it took; null for a node that took no part in it, but caught up.</param>
    /// <param name="computed">Microbatches that this node computed for it.</param>
    /// <param name="writes">Whether this node writes the run folder.</param>
    public void Applied(StepOutcome step, double? seconds, int computed, bool writes)
    {
        _learningRate = writes && step.Report.Values.TryGetValue("learning_rate", out var rate) ? rate : null;
        if (!_step.Enabled) return;
        if (seconds is { } whole)
        {
            _step.Record(whole);
            _data.Record(step.Clock[StepPhase.Load]);
            _compute.Record(step.Clock[StepPhase.Compute]);
            _reduce.Record(step.Clock[StepPhase.Reduce]);
            _commit.Record(step.Clock[StepPhase.Prepare]);
            _computed.Add(computed);
        }
        _bytes.Add(step.BytesSent, new KeyValuePair<string, object?>(TelemetryNames.Direction, "transmit"));
        _bytes.Add(step.BytesReceived, new KeyValuePair<string, object?>(TelemetryNames.Direction, "receive"));
        if (step.Data.Replaced > 0) _replaced.Add(step.Data.Replaced);
    }

    public void StepRefused() => _refused.Add(1);

    public void CheckpointEnded(double seconds, string? error)
    {
        _checkpoint.Record(seconds, ErrorOf(error));
        if (error is not null) _checkpointFailures.Add(1);
    }

    public void HealEnded(double seconds, string? error) => _heal.Record(seconds, ErrorOf(error));

    public void Dispose() => _meter.Dispose();

    private Histogram<double> Duration(string name, string description) => _meter.CreateHistogram(name, "s", description, tags: null, Seconds);

    private static TagList ErrorOf(string? error)
    {
        var tags = new TagList();
        if (error is not null) tags.Add(TelemetryNames.ErrorType, error);
        return tags;
    }
}
