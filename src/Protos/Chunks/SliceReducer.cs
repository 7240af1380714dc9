using System.Numerics.Tensors;

namespace Lockstep.Protos;

/// <summary>
/// Whoever sums a slice: takes the blocks' chunks of one step and one place in the flat buffer, from all nodes in any
/// order, and joins them in tree order as far as the tree allows. Goes on to the next step by itself, once the sum of its
/// step is complete: nobody sends a chunk of the next step without having received this one's sum. Thread-safe. The sum is
/// formed in the memory of the chunks themselves.
/// </summary>
/// <param name="firstStep">The step whose chunks are taken first.</param>
/// <param name="first">The microbatches to be summed at that step.</param>
/// <param name="later">Those of later steps.</param>
/// <param name="floats">Length of the slice; 0: that of the first chunk.</param>
public sealed class SliceReducer(long firstStep, MicrobatchSet first, MicrobatchSet later, int floats = 0)
{
    private static readonly Action<ChunkMessage> Free = chunk => chunk.Release();
    private readonly Lock _gate = new();
    private TreeSum<ChunkMessage> _tree = new(first, Join);
    private readonly bool _changes = !first.Equals(later);
    private long _step = firstStep;
    private bool _atFirst = true;
    private bool _complete = first.IsEmpty;
    private int _floats = floats;
    private int _adding;
    private bool _released;

    /// <summary>Sums [0, microbatches) at every step.</summary>
    public SliceReducer(long firstStep, int microbatches) : this(firstStep, MicrobatchSet.Of(new MicrobatchBlock(0, microbatches)), MicrobatchSet.Of(new MicrobatchBlock(0, microbatches)))
    {
    }

    /// <summary>A microbatch of this step that has not come; -1 when all have, or when the slice is not yet at this step.</summary>
    public int FirstMissing(long step)
    {
        lock (_gate) return _step == step && _tree.Missing is [var missing, ..] ? missing : -1;
    }

    /// <summary>Takes one chunk.</summary>
    public SliceVerdict Add(ChunkMessage chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Data.IsEmpty) return new("the chunk has no data", null);
        TreeSum<ChunkMessage> tree;
        lock (_gate)
        {
            if (_released) return new("the generation is over", null);
            if (_complete && chunk.Step == _step + 1) MoveOn();
            if (chunk.Step != _step) return new($"step {chunk.Step} is not the step in progress ({_step})", null);
            if (_floats != 0 && _floats != chunk.Data.Length) return new($"the chunk has {chunk.Data.Length} floats, but the slice at {chunk.Offset} has {_floats}", null);
            if (_tree.Claim(chunk.Block) is { } refusal) return new(refusal, null);
            _floats = chunk.Data.Length;
            tree = _tree;
            _adding++;
        }
        var complete = tree.Insert(chunk.Block, chunk, out var root);

        // The tree keeps its claims, so that a chunk that comes again is still refused.
        var sum = root.Count == 0 ? null : tree.TakeRoot(root);
        if (sum is not null) sum.Block = root;
        lock (_gate)
        {
            if (complete) _complete = true;
            if (--_adding == 0 && _released) _tree.Reset(Free);
        }
        return new(null, sum);
    }

    /// <summary>Gives up what an unfinished step holds, and takes no chunk any more.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _released = true;
            if (_adding == 0) _tree.Reset(Free);
        }
    }

    private void MoveOn()
    {
        if (_atFirst && _changes) _tree = new(later, Join);
        else _tree.Reset(Free);
        _atFirst = false;
        (_step, _complete) = (_step + 1, later.IsEmpty);
    }

    private static ChunkMessage Join(ChunkMessage left, ChunkMessage right)
    {
        TensorPrimitives.Add<float>(left.Data.Span, right.Data.Span, left.Data.Span);
        right.Release();
        return left;
    }
}
