using System.Diagnostics;
using Lockstep.Cluster.Tests.Chaos;
using Lockstep.Protos;

namespace Lockstep.Benchmarks.Faults;

/// <summary>Asks the coordinator for its status fifty times a second, over its deaths, and notes when steps were committed.</summary>
internal sealed class CommitWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<(double At, long Steps)> _commits = [];
    private readonly SortedDictionary<long, (RunStatus First, RunStatus Last)> _epochs = [];
    private readonly StatusPoll _poll;
    private volatile RunStatus? _last;

    public CommitWatch(Uri address) => _poll = new(address, Interval, Note);

    /// <summary>Seconds since the watch began.</summary>
    public double Now => _clock.Elapsed.TotalSeconds;

    public RunStatus? Last => _last;

    /// <summary>When the number of committed steps was first seen.</summary>
    public IReadOnlyList<(double At, long Steps)> Commits
    {
        get
        {
            lock (_commits) return [.. _commits];
        }
    }

    /// <summary>Over all starts of the coordinator: microbatches that were lost, computed, and needed for what was committed.</summary>
    public (long Lost, long Computed, long Needed) Microbatches(int aStep)
    {
        lock (_commits)
        {
            return (_epochs.Values.Sum(e => e.Last.LostMicrobatches), _epochs.Values.Sum(e => e.Last.ComputedMicrobatches - e.First.ComputedMicrobatches),
                _epochs.Values.Sum(e => e.Last.CommittedSteps - e.First.CommittedSteps) * aStep);
        }
    }

    /// <summary>Steps committed by then.</summary>
    public long StepsAt(double at) => Commits.LastOrDefault(c => c.At <= at).Steps;

    /// <summary>Waits until a status holds; the time when it did, NaN when it did not by <paramref name="until"/>.</summary>
    public async Task<double> UntilAsync(Func<RunStatus, bool> holds, double until)
    {
        while (Now < until)
        {
            if (_last is { } status && holds(status)) return Now;
            await Task.Delay(Interval);
        }
        return double.NaN;
    }

    public ValueTask DisposeAsync() => _poll.DisposeAsync();

    private void Note(RunStatus now)
    {
        lock (_commits)
        {
            if (_commits.Count == 0 || now.CommittedSteps > _commits[^1].Steps) _commits.Add((Now, now.CommittedSteps));
            _epochs[now.Epoch] = (_epochs.TryGetValue(now.Epoch, out var seen) ? seen.First : now, now);
        }
        _last = now;
    }
}
