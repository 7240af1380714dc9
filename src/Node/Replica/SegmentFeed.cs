using Lockstep.Models;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>Hands a lane's regions to the step's partial sums, each segment as soon as all of it is final. One a lane.</summary>
public sealed class SegmentFeed : IContributionSink
{
    private StepPartials? _sums;
    private int _microbatch;
    private int[] _left = []; // floats of each segment that are not yet final

    /// <summary>The lane begins a microbatch.</summary>
    public void Begin(StepPartials sums, int microbatch)
    {
        (_sums, _microbatch) = (sums, microbatch);
        var segments = (sums.LengthFloats - 1) / sums.SegmentFloats + 1;
        if (_left.Length != segments) _left = new int[segments];
        Array.Fill(_left, sums.SegmentFloats);
        _left[^1] = sums.LengthFloats - (segments - 1) * sums.SegmentFloats;
    }

    public void Final(ReadOnlySpan<float> contribution, int offset, int length)
    {
        var (segment, end) = (_sums!.SegmentFloats, offset + length);
        var (first, last) = (offset / segment, (end - 1) / segment);
        for (var s = first; s <= last; s++) _left[s] -= Math.Min(end, (s + 1) * segment) - Math.Max(offset, s * segment);

        // Only the outer two can still wait for a neighbouring region.
        if (_left[first] > 0) first++;
        if (last >= first && _left[last] > 0) last--;
        if (first > last) return;
        var start = first * segment;
        _sums.Add(_microbatch, start, contribution[start..Math.Min((last + 1) * segment, contribution.Length)]);
    }

    /// <summary>The lane has ended the microbatch.</summary>
    /// <exception cref="InvalidOperationException">It has not told all of it, and the step's sum would never be complete.</exception>
    public void End()
    {
        if (_left.AsSpan().ContainsAnyExcept(0))
            throw new InvalidOperationException($"The lane ended microbatch {_microbatch} but did not tell all of its contribution. This is an error of the method.");
    }
}
