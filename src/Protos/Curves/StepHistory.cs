using System.Collections.Immutable;

namespace Lockstep.Protos.Curves;

/// <summary>
/// Loss and pace of a run of any length in a bounded number of points: when they are too many, neighbours become their mean,
/// and from then on a point stands for twice as many samples. Safe to use from several threads.
/// </summary>
/// <param name="capacity">Points at most, an even number.</param>
public sealed class StepHistory(int capacity)
{
    /// <summary>What a page shows well, and a message carries easily.</summary>
    public const int UsualCapacity = 512;

    private readonly Lock _adding = new();
    private ImmutableArray<StepPoint> _points = [];
    private StepPoint _open; // what has come since the last whole point
    private int _inOpen, _stride = 1;

    /// <summary>The whole points, oldest first, and last what has come since.</summary>
    public ImmutableArray<StepPoint> Points
    {
        get
        {
            lock (_adding) return _inOpen == 0 ? _points : _points.Add(_open);
        }
    }

    /// <summary>Adds a sample; its step is higher than those before it.</summary>
    public void Add(StepPoint sample)
    {
        lock (_adding)
        {
            _open = _inOpen == 0 ? sample : StepPoint.Mean(_open, _inOpen, sample, 1);
            if (++_inOpen < _stride) return;
            _points = _points.Add(_open);
            _inOpen = 0;
            if (_points.Length < capacity) return;
            var all = _points;
            _points = [.. Enumerable.Range(0, capacity / 2).Select(i => StepPoint.Mean(all[2 * i], 1, all[2 * i + 1], 1))];
            _stride *= 2;
        }
    }
}
