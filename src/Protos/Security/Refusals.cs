using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos.Security;

/// <summary>Counts who was turned away, and says of most in the log, of each kind at most once in ten seconds: an attacker must not fill a disk.</summary>
public sealed partial class Refusals : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time;
    private readonly ILogger<Refusals> _logger;
    private readonly Meter _meter = new(TelemetryNames.Source);
    private readonly Counter<long> _refused;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Time, long Untold)> _told = []; // when the last line of a kind was written, and how many came since
    private long _total;

    public Refusals(TimeProvider time, ILogger<Refusals> logger)
    {
        (_time, _logger) = (time, logger);
        _refused = _meter.CreateCounter<long>("lockstep.refusals", "{refusal}", "Connections, calls, nodes, streams and messages that were turned away, by kind");
        foreach (var kind in RefusalKinds.All) Add(0, kind); // whoever asks for an increase must have seen the beginning
    }

    internal TimeProvider Time => _time;

    /// <summary>Connections, calls, nodes, streams and messages that were refused since the start.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Counts one that another log line tells of.</summary>
    /// <param name="kind">One of <see cref="RefusalKinds"/>.</param>
    public void Count(string kind)
    {
        Add(1, kind);
        Interlocked.Increment(ref _total);
    }

    /// <summary>Counts one and says so.</summary>
    /// <param name="kind">One of <see cref="RefusalKinds"/>.</param>
    /// <param name="remote">Who came.</param>
    /// <param name="reason">A sentence without secrets.</param>
    public void Note(string kind, string remote, string reason)
    {
        Count(kind);
        long untold = 0;
        lock (_gate)
        {
            if (_told.TryGetValue(kind, out var last))
            {
                if (_time.GetElapsedTime(last.Time) < Interval)
                {
                    _told[kind] = last with { Untold = last.Untold + 1 };
                    return;
                }
                untold = last.Untold;
            }
            _told[kind] = (_time.GetTimestamp(), 0);
        }
        // Streams that are late come with every loss of a node.
        LogRefused(_logger, kind == RefusalKinds.Stream ? LogLevel.Information : LogLevel.Warning, remote, reason, untold);
    }

    public void Dispose() => _meter.Dispose();

    private void Add(int count, string kind) => _refused.Add(count, new KeyValuePair<string, object?>(TelemetryNames.RefusalKind, kind));

    [LoggerMessage(EventId = 1103, Message = "refused {Remote}: {Reason} (and {Untold} others since the last such line)")]
    private static partial void LogRefused(ILogger logger, LogLevel level, string remote, string reason, long untold);
}
