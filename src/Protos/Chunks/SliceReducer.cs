using System.Numerics.Tensors;

namespace Lockstep.Protos;

/// <summary>
/// Whoever sums a slice: takes the blocks' chunks of one step and one place in the flat buffer, from all nodes in any
/// order, and joins them in tree order until [0, M) is complete. Thread-safe. The sum is formed in the memory of the
/// chunks themselves.
/// </summary>
public sealed class SliceReducer(int microbatches)
{
    private static readonly Action<ChunkMessage> Free = chunk => chunk.Release();
    private readonly MicrobatchBlock _all = new(0, microbatches);
    private readonly TreeSum<ChunkMessage> _tree = new(new(0, microbatches), Join);
    private int _floats;

    /// <summary>Takes one chunk.</summary>
    public SliceVerdict Add(ChunkMessage chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Data.IsEmpty) return new("the chunk has no data", null);
        var floats = Interlocked.CompareExchange(ref _floats, chunk.Data.Length, 0);
        if (floats != 0 && floats != chunk.Data.Length) return new($"the chunk has {chunk.Data.Length} floats, but the slice at {chunk.Offset} has {floats}", null);
        if (_tree.Claim(chunk.Block) is { } refusal) return new(refusal, null);
        return _tree.Insert(chunk.Block, chunk) ? new(null, TakeSum()) : default;
    }

    /// <summary>Makes ready for the next step and releases what an unfinished one left behind.</summary>
    public void Reset()
    {
        _tree.Reset(Free);
        _floats = 0;
    }

    // The tree keeps its claims, so that a chunk that comes again is still refused until Reset.
    private ChunkMessage TakeSum()
    {
        var sum = _tree.TakeRoot(_all);
        sum.Block = _all;
        return sum;
    }

    private static ChunkMessage Join(ChunkMessage left, ChunkMessage right)
    {
        TensorPrimitives.Add<float>(left.Data.Span, right.Data.Span, left.Data.Span);
        right.Release();
        return left;
    }
}
