using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>
/// One step's sum as it comes in: slices from several streams and from this node's own, straight into the flat buffer.
/// Refuses whatever is not one of them. A slice of a step that this node has not come to waits.
/// </summary>
internal sealed class SumArrival
{
    private readonly Lock _gate = new();
    private readonly Plan _plan;
    private readonly ReduceRoute _route;
    private readonly bool _listens;
    private readonly MicrobatchBlock _all;
    private readonly ulong _run;
    private readonly Dictionary<long, SliceRoute> _slices;
    private readonly bool[] _placed, _arrived;
    private TaskCompletionSource _begun = NewSignal(), _complete = NewSignal();
    private Memory<float> _sum;
    private long _step;
    private int _missing, _copying;
    private readonly TaskCompletionSource _quiet = NewSignal();
    private bool _isOver;

    public SumArrival(ReduceRoute route, bool listens)
    {
        (_route, _plan, _listens, _run) = (route, route.Plan, listens, RunTag.Of(route.Plan.Run));
        _all = new(0, _plan.Microbatches);
        _slices = route.Slices.ToDictionary(slice => (long)slice.Offset);
        (_placed, _arrived) = (new bool[route.Slices.Length], new bool[route.Slices.Length]);
        _step = listens ? long.MinValue : _plan.FirstStep - 1;
    }

    /// <summary>Begins a step; the task completes when its whole sum is in place.</summary>
    public Task Begin(long step, Memory<float> sum)
    {
        lock (_gate)
        {
            (_step, _sum, _missing) = (step, sum, _route.Slices.Length);
            Array.Clear(_placed);
            Array.Clear(_arrived);
            _complete = NewSignal();
            if (_isOver) _complete.TrySetCanceled();
            _begun.TrySetResult();
            _begun = NewSignal();
            if (_isOver) _begun.TrySetCanceled();
            return _complete.Task;
        }
    }

    /// <summary>Wakes whoever waits for a step; from now on nothing more is placed.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_copying == 0) _quiet.TrySetResult();
            _begun.TrySetCanceled();
            _complete.TrySetCanceled();
        }
    }

    /// <summary>Completes after <see cref="End"/> when the last copy that had begun is done.</summary>
    public Task Quiet => _quiet.Task;

    /// <summary>The first slice of the step in progress that is still to come and satisfies a condition; null when there is none.</summary>
    public SliceRoute? FirstMissing(Func<SliceRoute, bool> which)
    {
        lock (_gate) return _missing == 0 ? null : _route.Slices.FirstOrDefault(slice => !_arrived[slice.Number] && which(slice));
    }

    /// <summary>Null, or why a received slice is none of this generation's sums.</summary>
    public string? Check(ChunkMessage message, int floats)
    {
        if (message.Run != _run) return $"the slice is of another run ({message.Run:x16})";
        if (message.Generation != _plan.Generation) return $"the slice is of step {message.Step} of generation {message.Generation}";
        if (message.Block != _all) return $"the slice sums only microbatches {message.Block}";
        if (!_slices.TryGetValue(message.Offset, out var slice)) return $"no slice begins at {message.Offset}";
        return floats == slice.Length ? null : $"the slice at {message.Offset} has {floats} floats, not {slice.Length}";
    }

    /// <summary>Where a checked slice of the step in progress goes; the caller writes there and calls <see cref="Arrived"/>.</summary>
    /// <returns>False when its step has not begun, or is one that this node has no use for.</returns>
    public bool TryPlace(ChunkMessage message, out Memory<float> place, out string? refusal)
    {
        lock (_gate)
        {
            var slice = _slices[message.Offset];
            place = default;
            refusal = Refusal(message.Step, slice);
            if (refusal is not null || message.Step != _step || _isOver) return false;
            _placed[slice.Number] = true;
            place = _sum.Slice(slice.Offset, slice.Length);
            return true;
        }
    }

    /// <summary>Says that a slice is in its place.</summary>
    public void Arrived(long offset)
    {
        lock (_gate)
        {
            _arrived[_slices[offset].Number] = true;
            if (--_missing == 0) _complete.TrySetResult();
        }
    }

    /// <summary>Takes a checked slice that lies elsewhere, once its step has begun. Returns null, or why it was refused.</summary>
    public async ValueTask<string?> CopyAsync(ChunkMessage sum)
    {
        while (true)
        {
            Task begun;
            bool isPlaced;
            string? refusal;
            Memory<float> place;
            lock (_gate)
            {
                begun = _begun.Task;
                isPlaced = TryPlace(sum, out place, out refusal);
                if (isPlaced) _copying++;
            }
            if (isPlaced)
            {
                sum.Data.CopyTo(place);
                Arrived(sum.Offset);
                Copied();
                return null;
            }
            if (refusal is not null || IsPast(sum.Step)) return refusal;
            await begun.ConfigureAwait(false);
        }
    }

    private void Copied()
    {
        lock (_gate)
        {
            if (--_copying == 0 && _isOver) _quiet.TrySetResult();
        }
    }

    private bool IsPast(long step)
    {
        lock (_gate) return step < _step || _isOver;
    }

    // A member that listens comes in at any step: it lets earlier ones pass and keeps later ones waiting.
    private string? Refusal(long step, SliceRoute slice)
    {
        if (step == _step) return _placed[slice.Number] ? $"the slice at {slice.Offset} came twice" : null;
        return _listens || step == _step + 1 ? null : $"the slice is of step {step} of generation {_plan.Generation}; this node is at step {_step}";
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
