using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos.Security;

/// <summary>Counts who was turned away, and says of those at the door in the log, at most once in ten seconds: an attacker must not fill a disk.</summary>
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
        _refused = _meter.CreateCounter<long>("lockstep.refusals", "{refusal}", "Connections and calls that were turned away for want of a certificate or the token, and nodes of another recipe, dataset or kind");
    }

    /// <summary>Connections, calls and nodes that were refused since the start.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Counts one that another log line tells of.</summary>
    public void Count()
    {
        _refused.Add(1);
        lock (_gate)
        {
            _total++;
            _told++;
        }
    }

    /// <summary>Notes one.</summary>
    /// <param name="remote">Who came.</param>
    /// <param name="reason">A sentence without secrets.</param>
    public void Note(string remote, string reason)
    {
        _refused.Add(1);
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

    [LoggerMessage(1103, LogLevel.Warning, "refused {Remote}: {Reason} (and {Untold} others since the last such line)")]
    private static partial void LogRefused(ILogger logger, string remote, string reason, long untold);
}
