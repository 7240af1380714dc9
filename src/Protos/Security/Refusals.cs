using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos.Security;

/// <summary>Counts who was turned away, and says of most in the log, at most once in ten seconds: an attacker must not fill a disk.</summary>
public sealed partial class Refusals : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time;
    private readonly ILogger<Refusals> _logger;
    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly Counter<long> _refused;
    private readonly Lock _gate = new();
    private long _total, _told;
    private long? _lastTold;

    public Refusals(TimeProvider time, ILogger<Refusals> logger)
    {
        (_time, _logger) = (time, logger);
        _refused = _meter.CreateCounter<long>("lockstep.refusals", "{refusal}", "Connections, calls, nodes, streams and messages that were turned away, by kind");
        foreach (var kind in RefusalKinds.All) Add(0, kind); // whoever asks for an increase must have seen the beginning
    }

    internal TimeProvider Time => _time;

    /// <summary>Connections, calls and nodes that were refused since the start.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Counts one that another log line tells of.</summary>
    /// <param name="kind">One of <see cref="RefusalKinds"/>.</param>
    public void Count(string kind)
    {
        Add(1, kind);
        lock (_gate)
        {
            _total++;
            _told++;
        }
    }

    /// <summary>Counts one and says so.</summary>
    /// <param name="kind">One of <see cref="RefusalKinds"/>.</param>
    /// <param name="remote">Who came.</param>
    /// <param name="reason">A sentence without secrets.</param>
    public void Note(string kind, string remote, string reason)
    {
        Add(1, kind);
        long untold;
        lock (_gate)
        {
            var total = Interlocked.Increment(ref _total);
            if (_lastTold is { } last && _time.GetElapsedTime(last) < Interval) return;
            (untold, _told, _lastTold) = (total - _told - 1, total, _time.GetTimestamp());
        }
        LogRefused(_logger, remote, reason, untold);
    }

    public void Dispose() => _meter.Dispose();

    private void Add(int count, string kind) => _refused.Add(count, new KeyValuePair<string, object?>(TelemetryNames.RefusalKind, kind));

    [LoggerMessage(1103, LogLevel.Warning, "refused {Remote}: {Reason} (and {Untold} others since the last such line)")]
    private static partial void LogRefused(ILogger logger, string remote, string reason, long untold);
}
