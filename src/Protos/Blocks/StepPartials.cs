using System.Diagnostics;
using System.Numerics.Tensors;

namespace Lockstep.Protos;

/// <summary>
/// A node's own part of a step's sum: the contributions of its microbatches, added in the fixed binary tree over
/// microbatch index, whatever the order in which lanes bring them. The flat buffer is cut into segments, each with a tree
/// of its own, so that regions become final one after the other while lanes are still at work. The sum of a block lies
/// in the buffer of its first microbatch; buffers are pinned and kept for the next step.
/// </summary>
public sealed class StepPartials : IStepPartials
{
    /// <summary>64 KiB: small against a slice on the wire, large against the cost of the bookkeeping.</summary>
    public const int DefaultSegmentFloats = 1 << 14;

    private readonly Lock _gate = new();
    private readonly int _microbatches, _segments;
    private readonly PartialBuffers _buffers;
    private readonly bool[][] _there; // [block][segment]: its sum lies in its buffer, ready to be joined or sent
    private readonly bool[][] _added; // [microbatch][segment]: is part of a sum
    private readonly bool[][] _told;  // the same, in the current attempt at the microbatch
    private readonly int[] _addedSegments; // of each microbatch
    private readonly int[] _rootSize;      // of the maximal block of the work that holds the microbatch; 0: none
    private readonly int[] _finishedRoots; // of each segment
    private TaskCompletionSource? _changed;

    /// <param name="microbatches">M, a power of two.</param>
    /// <param name="lengthFloats">Length of the flat contribution buffer.</param>
    /// <param name="segmentFloats">Floats a segment.</param>
    public StepPartials(int microbatches, int lengthFloats, int segmentFloats = DefaultSegmentFloats)
    {
        if (!new MicrobatchBlock(0, microbatches).IsAligned) throw new ArgumentOutOfRangeException(nameof(microbatches), microbatches, "must be a power of two");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthFloats);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(segmentFloats);
        (_microbatches, LengthFloats, SegmentFloats) = (microbatches, lengthFloats, segmentFloats);
        _segments = (lengthFloats - 1) / segmentFloats + 1;
        _buffers = new PartialBuffers(microbatches, lengthFloats);
        (_there, _added, _told) = (Table(2 * microbatches), Table(microbatches), Table(microbatches));
        (_addedSegments, _rootSize, _finishedRoots) = (new int[microbatches], new int[microbatches], new int[_segments]);
    }

    public int LengthFloats { get; }

    /// <summary>Floats a segment: the unit in which regions are added and become final.</summary>
    public int SegmentFloats { get; }

    public MicrobatchSet Work { get; private set; } = MicrobatchSet.Empty;

    public IReadOnlyList<MicrobatchBlock> Blocks { get; private set; } = [];

    /// <summary>The microbatches that are wholly added.</summary>
    public MicrobatchSet Held
    {
        get
        {
            lock (_gate) return MicrobatchSet.Of(Enumerable.Range(0, _microbatches).Where(m => _addedSegments[m] == _segments).Select(m => new MicrobatchBlock(m, 1)));
        }
    }

    /// <summary>The microbatches of the work that are still to be computed.</summary>
    public MicrobatchSet Missing => Work.Except(Held);

    public Task Changed
    {
        get
        {
            lock (_gate) return (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>A new step: forgets everything, keeping all buffers. No Add may be running.</summary>
    public void Begin(MicrobatchSet work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_gate)
        {
            foreach (var row in _there) Array.Clear(row);
            foreach (var row in _added) Array.Clear(row);
            foreach (var row in _told) Array.Clear(row);
            Array.Clear(_addedSegments);
            _buffers.Clear();
            Take(work);
        }
        Signal();
    }

    /// <summary>
    /// Other work for the same step. Sums inside one of the new maximal blocks stay, the others are dropped, since a merged
    /// block cannot be taken apart. A microbatch that was given up half way may be added again from the start: what is
    /// there of it has the bits that come again, and is not added twice. No Add may be running.
    /// </summary>
    public void Retarget(MicrobatchSet work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_gate)
        {
            Take(work);
            for (var node = 1; node < _there.Length; node++)
            {
                var block = BlockOf(node);
                for (var segment = 0; segment < _segments; segment++)
                {
                    if (_there[node][segment] && _rootSize[block.First] < block.Count) Drop(block, segment);
                }
            }
            for (var m = 0; m < _microbatches; m++) Array.Fill(_told[m], _addedSegments[m] == _segments);
        }
        // From the root down: what a join makes lies above, where it is not met (and counted) again.
        for (var node = 1; node < _there.Length; node++)
        {
            for (var segment = 0; segment < _segments; segment++)
            {
                lock (_gate)
                {
                    if (!_there[node][segment]) continue;
                    _there[node][segment] = false;
                }
                Insert(BlockOf(node), segment);
            }
        }
        Signal();
    }

    /// <summary>
    /// Adds one region of a microbatch's contribution; from any thread, regions in any order, each once. The span is free
    /// on return.
    /// </summary>
    /// <param name="microbatch">Whose contribution; one of the work.</param>
    /// <param name="offset">Start in the flat buffer: a multiple of <see cref="SegmentFloats"/>.</param>
    /// <param name="part">Whole segments; only the buffer's last may be shorter.</param>
    /// <exception cref="InvalidOperationException">The microbatch is not of the work, or the region was added before.</exception>
    public void Add(int microbatch, int offset, ReadOnlySpan<float> part)
    {
        var end = offset + part.Length;
        if (offset < 0 || end > LengthFloats || offset % SegmentFloats != 0 || (end % SegmentFloats != 0 && end != LengthFloats))
            throw new ArgumentException($"Floats [{offset}, {end}) of microbatch {microbatch} are not whole segments of {SegmentFloats} floats of a buffer of {LengthFloats}.", nameof(part));
        var (first, last) = (offset / SegmentFloats, (end + SegmentFloats - 1) / SegmentFloats);
        lock (_gate)
        {
            if (!Work.Contains(microbatch)) throw new InvalidOperationException($"Microbatch {microbatch} is not part of this node's work, {Work}.");
            var told = _told[microbatch].AsSpan(first, last - first);
            if (told.Contains(true)) throw new InvalidOperationException($"Floats [{offset}, {end}) of microbatch {microbatch} were already summed, in whole or in part.");
            told.Fill(true);
        }
        var finished = false;
        for (var segment = first; segment < last; segment++)
        {
            var start = segment * SegmentFloats - offset;
            finished |= AddSegment(microbatch, segment, part.Slice(start, Math.Min(SegmentFloats, part.Length - start)));
        }
        if (finished) Signal();
    }

    public bool IsSummed(int offset, int length)
    {
        if (offset < 0 || length < 0 || length > LengthFloats - offset) throw new ArgumentOutOfRangeException(nameof(offset), $"Floats [{offset}, {offset + length}) lie outside a buffer of {LengthFloats}.");
        if (length == 0) return true;
        var (first, last) = (offset / SegmentFloats, (offset + length - 1) / SegmentFloats);
        lock (_gate) return !_finishedRoots.AsSpan(first, last - first + 1).ContainsAnyExcept(Blocks.Count);
    }

    public Memory<float> SumOf(MicrobatchBlock block, int offset, int length)
    {
        if (block.First < 0 || block.First >= _microbatches || _rootSize[block.First] != block.Count || !block.IsAligned)
            throw new ArgumentException($"Microbatches {block} are not one of the blocks of {Work}.", nameof(block));
        lock (_gate) return _buffers[block.First].AsMemory(offset, length);
    }

    // True when a sum of the work became final.
    private bool AddSegment(int microbatch, int segment, ReadOnlySpan<float> part)
    {
        var leaf = new MicrobatchBlock(microbatch, 1);
        float[] own, sibling;
        lock (_gate)
        {
            if (_added[microbatch][segment]) return false; // of an attempt that was given up
            var joins = TryTakeSibling(leaf, segment);
            // A right half that finds its left one needs no buffer.
            own = joins && !leaf.IsLeft ? [] : _buffers.Use(microbatch);
            sibling = joins ? _buffers[leaf.Sibling.First] : [];
        }
        if (sibling.Length == 0) part.CopyTo(SpanOf(own, segment));
        else if (leaf.IsLeft) TensorPrimitives.Add(part, SpanOf(sibling, segment), SpanOf(own, segment));
        else TensorPrimitives.Add(SpanOf(sibling, segment), part, SpanOf(sibling, segment));

        lock (_gate)
        {
            if (sibling.Length > 0 && leaf.IsLeft) _buffers.Leave(leaf.Sibling.First);
            _added[microbatch][segment] = true;
            _addedSegments[microbatch]++;
        }
        return Insert(sibling.Length == 0 ? leaf : leaf.Parent, segment);
    }

    // Joins upwards, from a sum that lies in its buffer and is not yet there for others. True when that reached a root.
    private bool Insert(MicrobatchBlock block, int segment)
    {
        while (true)
        {
            var parent = block.Parent;
            float[] left, right;
            lock (_gate)
            {
                if (!TryTakeSibling(block, segment))
                {
                    _there[NodeOf(block)][segment] = true;
                    if (block.Count != _rootSize[block.First]) return false;
                    _finishedRoots[segment]++;
                    return true;
                }
                (left, right) = (_buffers[parent.First], _buffers[parent.First + block.Count]);
            }
            TensorPrimitives.Add(SpanOf(left, segment), SpanOf(right, segment), SpanOf(left, segment));
            lock (_gate) _buffers.Leave(parent.First + block.Count);
            block = parent;
        }
    }

    private bool TryTakeSibling(MicrobatchBlock block, int segment)
    {
        if (block.Count >= _rootSize[block.First]) return false;
        ref var there = ref _there[NodeOf(block.Sibling)][segment];
        var taken = there;
        there = false;
        return taken;
    }

    private void Drop(MicrobatchBlock block, int segment)
    {
        _there[NodeOf(block)][segment] = false;
        _buffers.Leave(block.First);
        for (var m = block.First; m < block.End; m++)
        {
            _added[m][segment] = false;
            _addedSegments[m]--;
        }
    }

    private void Take(MicrobatchSet work)
    {
        var blocks = Work.Equals(work) ? Blocks : work.Blocks;
        if (blocks.Count > 0 && blocks[^1].End > _microbatches) throw new ArgumentOutOfRangeException(nameof(work), work.ToString(), $"must lie in [0, {_microbatches})");
        (Work, Blocks) = (work, blocks);
        Array.Clear(_rootSize);
        Array.Clear(_finishedRoots);
        for (var i = 0; i < Blocks.Count; i++) _rootSize.AsSpan(Blocks[i].First, Blocks[i].Count).Fill(Blocks[i].Count);
    }

    private void Signal()
    {
        TaskCompletionSource? changed;
        lock (_gate) (changed, _changed) = (_changed, null);
        changed?.SetResult();
    }

    private Span<float> SpanOf(float[] buffer, int segment) =>
        buffer.AsSpan(segment * SegmentFloats, Math.Min(SegmentFloats, LengthFloats - segment * SegmentFloats));

    // The tree as a heap: the root is 1, the leaves are M to 2M - 1.
    private int NodeOf(MicrobatchBlock block) => (_microbatches + block.First) / block.Count;

    private MicrobatchBlock BlockOf(int node)
    {
        var count = _microbatches >> System.Numerics.BitOperations.Log2((uint)node);
        return new(node * count - _microbatches, count);
    }

    private bool[][] Table(int rows) => [.. Enumerable.Range(0, rows).Select(_ => new bool[_segments])];
}
