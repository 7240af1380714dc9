using Lockstep.Protos;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>Asks the coordinator for its status again and again, over its deaths, and notes what may never be.</summary>
internal sealed class StatusWatch : IAsyncDisposable
{
    private readonly TimeSpan _interval;
    private readonly Lock _noting = new();
    private readonly StatusRules _rules;
    private readonly Dictionary<string, Fault> _faults = [];
    private readonly StatusPoll _poll;
    private volatile Seen? _seen;

    /// <param name="interval">20 ms when it is not given.</param>
    public StatusWatch(Uri address, int microbatches, TimeSpan? interval = null)
    {
        (_rules, _interval) = (new StatusRules(microbatches), interval ?? TimeSpan.FromMilliseconds(20));
        _poll = new(address, _interval, Note);
    }

    /// <summary>The last answer; null before the first.</summary>
    public RunStatus? Last => _seen?.Status;

    /// <summary>Answers so far: tells whether <see cref="Last"/> is news.</summary>
    public long Answers => _seen?.Number ?? 0;

    /// <summary>Steps committed since the coordinator's last start.</summary>
    public long CommittedInEpoch
    {
        get
        {
            lock (_noting) return _rules.CommittedInEpoch;
        }
    }

    /// <summary>What the coordinator said that may not be.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_noting) return [.. _rules.Violations];
        }
    }

    /// <summary>All faults that were ever listed.</summary>
    public IReadOnlyList<Fault> Faults
    {
        get
        {
            lock (_noting) return [.. _faults.Values];
        }
    }

    /// <summary>Steps that a node has applied: a coordinator that runs may never again say fewer.</summary>
    public void NoteApplied(long steps)
    {
        lock (_noting) _rules.NoteApplied(steps);
    }

    /// <summary>Waits for a status; null when <paramref name="ct"/> comes first.</summary>
    public async Task<RunStatus?> UntilAsync(Func<RunStatus, bool> holds, TimeSpan within, string what, CancellationToken ct = default)
    {
        var news = Answers;
        var deadline = TimeProvider.System.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            if (_seen is { } seen && seen.Number > news && holds(seen.Status)) return seen.Status;
            if (TimeProvider.System.GetElapsedTime(deadline) > within) throw new TimeoutException($"{what}: not within {within.TotalSeconds:F0} s; last status: {Last}");
            await Task.Delay(_interval, CancellationToken.None); // polls another process
        }
        return null;
    }

    public ValueTask DisposeAsync() => _poll.DisposeAsync();

    private void Note(RunStatus now)
    {
        lock (_noting)
        {
            foreach (var fault in now.Faults) _faults[$"{now.Epoch} {fault.AtSeconds} {fault.Kind} {fault.Node}"] = fault;
            _rules.Check(now);
            _seen = new Seen((_seen?.Number ?? 0) + 1, now);
        }
    }

    private sealed record Seen(long Number, RunStatus Status);
}
