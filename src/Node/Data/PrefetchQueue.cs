using System.Runtime.ExceptionServices;
using Lockstep.Models;
using Lockstep.Protos;

namespace Lockstep.Node.Data;

/// <summary>
/// Who prepares what, and what is ready. Workers claim single samples in order, so that they share a microbatch;
/// takers wait for whole ones.
/// </summary>
internal sealed class PrefetchQueue
{
    private readonly object _lock = new();
    private readonly Dictionary<long, Entry> _entries = [];
    private readonly MicrobatchPool _pool;
    private readonly int[] _firstWork;
    private readonly MicrobatchBlock _work;
    private readonly int _size, _depth;
    private readonly long _startStep, _items;

    private ExceptionDispatchInfo? _failure;
    private bool _stopped;
    private long _claimed, _taken, _asked;
    private int _claimedRows;

    public PrefetchQueue(RunShape shape, IReadOnlyList<ViewSpec> views, MicrobatchSet firstWork, MicrobatchBlock work, long startStep, long endStep, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depth);
        ArgumentOutOfRangeException.ThrowIfNegative(startStep);
        ArgumentOutOfRangeException.ThrowIfLessThan(endStep, startStep);
        _firstWork = [.. firstWork.Members];
        if (_firstWork.Length > 0 && _firstWork[^1] >= shape.Microbatches) throw new ArgumentOutOfRangeException(nameof(firstWork), firstWork.ToString(), $"must lie in [0, {shape.Microbatches})");
        if (work.Count < 0 || !new MicrobatchBlock(0, shape.Microbatches).Contains(work)) throw new ArgumentOutOfRangeException(nameof(work), work, $"must lie in [0, {shape.Microbatches})");
        (_work, _size, _depth, _startStep) = (work, shape.MicrobatchSize, depth, startStep);
        _items = endStep == startStep ? 0 : _firstWork.Length + (endStep - startStep - 1) * work.Count;
        _pool = new MicrobatchPool(views, shape.MicrobatchSize);
    }

    /// <summary>The next sample to prepare; null when there is nothing more to do.</summary>
    public (Microbatch Microbatch, int Row)? Claim()
    {
        lock (_lock)
        {
            // Ahead of the takers by the depth; further where one asks for it, or it would wait for ever.
            while (!_stopped && _failure is null && _claimed < _items && _claimed >= Math.Max(_taken + _depth, _asked)) Monitor.Wait(_lock);
            if (_stopped || _failure is not null || _claimed >= _items) return null;

            if (_claimedRows == 0)
            {
                var (step, index) = MicrobatchAt(_claimed);
                var microbatch = _pool.Rent(step, index);
                _entries.Add(_claimed, new Entry(microbatch, _size));
            }
            var claim = (_entries[_claimed].Microbatch, _claimedRows);
            if (++_claimedRows == _size) (_claimed, _claimedRows) = (_claimed + 1, 0);
            return claim;
        }
    }

    /// <summary>One more sample of a microbatch is there.</summary>
    public void Complete(Microbatch microbatch)
    {
        lock (_lock)
        {
            if (--_entries[ItemOf(microbatch.Step, microbatch.Index)].Missing == 0) Monitor.PulseAll(_lock);
        }
    }

    public Microbatch Take(long step, int index, CancellationToken cancellationToken)
    {
        var item = Find(step, index);
        using var wake = cancellationToken.CanBeCanceled ? cancellationToken.UnsafeRegister(static q => ((PrefetchQueue)q!).Wake(), this) : default;
        lock (_lock)
        {
            AskFor(item);
            while (!_entries.TryGetValue(item, out var entry) || entry.Missing > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_stopped, typeof(MicrobatchPrefetcher));
                if (item < _claimed && entry is null)
                    throw new InvalidOperationException($"step {step}, microbatch {index} was taken before");
                _failure?.Throw();
                Monitor.Wait(_lock);
            }
            return HandOver(item);
        }
    }

    public Microbatch? TryTake(long step, int index)
    {
        var item = Find(step, index);
        lock (_lock)
        {
            AskFor(item);
            return _entries.TryGetValue(item, out var entry) && entry.Missing == 0 ? HandOver(item) : null;
        }
    }

    public void Fail(ExceptionDispatchInfo failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            Monitor.PulseAll(_lock);
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    private long Find(long step, int index)
    {
        var item = ItemOf(step, index);
        return item >= 0 && item < _items ? item : throw new ArgumentOutOfRangeException(nameof(step), $"step {step}, microbatch {index} is not in the work of this prefetcher");
    }

    private void AskFor(long item)
    {
        if (_asked > item) return;
        _asked = item + 1;
        Monitor.PulseAll(_lock);
    }

    private Microbatch HandOver(long item)
    {
        _entries.Remove(item, out var ready);
        _taken++;
        Monitor.PulseAll(_lock);
        return ready!.Microbatch;
    }

    private void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
    }

    // Items count through the first step's microbatches, then through those of one step after the other.
    private long ItemOf(long step, int index)
    {
        if (step == _startStep) return Array.BinarySearch(_firstWork, index);
        if (step < _startStep || index < _work.First || index >= _work.End) return -1;
        return _firstWork.Length + (step - _startStep - 1) * _work.Count + (index - _work.First);
    }

    private (long Step, int Index) MicrobatchAt(long item)
    {
        if (item < _firstWork.Length) return (_startStep, _firstWork[item]);
        item -= _firstWork.Length;
        return (_startStep + 1 + item / _work.Count, _work.First + (int)(item % _work.Count));
    }

    private sealed class Entry(Microbatch microbatch, int missing)
    {
        public Microbatch Microbatch { get; } = microbatch;
        public int Missing { get; set; } = missing;
    }
}
