using System.Diagnostics;
using System.Diagnostics.Metrics;
using Lockstep.Protos;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // the source of spans is one for the process

namespace Lockstep.Telemetry.Tests;

/// <summary>Hears every span and every measurement of Lockstep while it lives.</summary>
internal sealed class Listening : IDisposable
{
    private readonly List<Activity> _spans = [];
    private readonly List<(Instrument Instrument, double Value, Dictionary<string, object?> Attributes)> _measurements = [];
    private readonly Dictionary<string, Instrument> _instruments = [];
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();

    public Listening()
    {
        _activities = new()
        {
            ShouldListenTo = source => source.Name == TelemetryNames.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Add,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name != TelemetryNames.Source) return;
            _instruments[instrument.Name] = instrument;
            meters.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _measurements.Add((instrument, value, Attributes(tags))));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _measurements.Add((instrument, value, Attributes(tags))));
        _meters.Start();
    }

    /// <summary>Spans that have ended, in that order.</summary>
    public IReadOnlyList<Activity> Spans => _spans;

    public IReadOnlyDictionary<string, Instrument> Instruments => _instruments;

    public IReadOnlyList<(Instrument Instrument, double Value, Dictionary<string, object?> Attributes)> Measurements => _measurements;

    /// <summary>Asks the gauges.</summary>
    public void Observe() => _meters.RecordObservableInstruments();

    /// <summary>What was counted, with these attributes or with any.</summary>
    public double Sum(string metric, string? key = null, string? value = null) => _measurements
        .Where(m => m.Instrument.Name == metric && (key is null || (string?)m.Attributes.GetValueOrDefault(key) == value)).Sum(m => m.Value);

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private static Dictionary<string, object?> Attributes(ReadOnlySpan<KeyValuePair<string, object?>> tags) => new(tags.ToArray());
}
