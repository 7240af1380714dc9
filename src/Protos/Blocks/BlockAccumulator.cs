using System.Numerics.Tensors;

namespace Lockstep.Protos;

/// <summary>
/// A node's own part of a step's sum: the contributions of its microbatches, added in the fixed binary tree over
/// microbatch index, whatever the order in which lanes bring them. Buffers are pinned and kept for the next step.
/// </summary>
public sealed class BlockAccumulator
{
    private readonly TreeSum<float[]> _tree;
    private readonly Stack<float[]> _spare = new();
    private readonly BlockPartial[] _blocks;
    private readonly Action<float[]> _free;

    /// <param name="microbatches">M, a power of two.</param>
    /// <param name="first">First microbatch of this node.</param>
    /// <param name="count">Microbatches of this node.</param>
    /// <param name="lengthFloats">Length of the flat contribution buffer.</param>
    public BlockAccumulator(int microbatches, int first, int count, int lengthFloats)
    {
        if (!new MicrobatchBlock(0, microbatches).IsAligned) throw new ArgumentOutOfRangeException(nameof(microbatches), microbatches, "must be a power of two");
        var own = new MicrobatchBlock(first, count);
        if (count < 0 || !new MicrobatchBlock(0, microbatches).Contains(own)) throw new ArgumentOutOfRangeException(nameof(first), own, $"must lie in [0, {microbatches})");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthFloats);
        (Microbatches, First, Count, LengthFloats) = (microbatches, first, count, lengthFloats);
        _free = Return;
        _tree = new(own, Join);
        _blocks = new BlockPartial[_tree.Roots.Count];
    }

    /// <summary>M, the microbatches of a step.</summary>
    public int Microbatches { get; }

    /// <summary>First microbatch of this node.</summary>
    public int First { get; }

    /// <summary>Microbatches of this node.</summary>
    public int Count { get; }

    /// <summary>Length of the flat contribution buffer.</summary>
    public int LengthFloats { get; }

    /// <summary>True when every microbatch of the range has been added.</summary>
    public bool IsComplete => _tree.IsComplete;

    /// <summary>The sums of the maximal aligned blocks, ascending. Throws when a microbatch is missing.</summary>
    public IReadOnlyList<BlockPartial> Blocks
    {
        get
        {
            if (!_tree.IsComplete) throw new InvalidOperationException($"Microbatches {string.Join(", ", _tree.Missing)} of {First}..{First + Count - 1} have not been added to this step's sum.");
            for (var i = 0; i < _blocks.Length; i++) _blocks[i] = new(_tree.Roots[i], _tree.SumOf(_tree.Roots[i]));
            return _blocks;
        }
    }

    /// <summary>Adds one microbatch's contribution; from any thread, in any order, once. The span is free on return.</summary>
    public void Add(int microbatch, ReadOnlySpan<float> contribution)
    {
        if (contribution.Length != LengthFloats) throw new ArgumentException($"The contribution of microbatch {microbatch} has {contribution.Length} floats; the buffer has {LengthFloats}.", nameof(contribution));
        var block = new MicrobatchBlock(microbatch, 1);
        if (_tree.Claim(block) is { } refusal) throw new InvalidOperationException($"Contribution refused: {refusal}.");

        if (_tree.TryTakeSibling(block, out var buffer))
        {
            if (block.IsLeft) TensorPrimitives.Add(contribution, buffer, buffer);
            else TensorPrimitives.Add(buffer, contribution, buffer);
            block = block.Parent;
        }
        else
        {
            buffer = Rent();
            contribution.CopyTo(buffer);
        }
        _tree.Insert(block, buffer);
    }

    /// <summary>Makes ready for the next step, keeping all buffers. No Add may be running.</summary>
    public void Reset() => _tree.Reset(_free);

    private float[] Join(float[] left, float[] right)
    {
        TensorPrimitives.Add(left, right, left);
        Return(right);
        return left;
    }

    private float[] Rent()
    {
        lock (_spare)
        {
            if (_spare.TryPop(out var buffer)) return buffer;
        }
        return GC.AllocateUninitializedArray<float>(LengthFloats, pinned: true);
    }

    private void Return(float[] buffer)
    {
        lock (_spare) _spare.Push(buffer);
    }
}
