namespace Lockstep.Protos;

/// <summary>
/// A range of microbatches, [First, First + Count). When aligned (Count a power of two that divides First) it is a node
/// of the one binary tree in which every sum of a step is formed.
/// </summary>
public readonly record struct MicrobatchBlock(int First, int Count)
{
    /// <summary>One past the last microbatch.</summary>
    public int End => First + Count;

    /// <summary>True when the block is a node of the tree.</summary>
    public bool IsAligned => First >= 0 && Count > 0 && (Count & (Count - 1)) == 0 && (First & (Count - 1)) == 0;

    /// <summary>True when the block is its parent's left half.</summary>
    public bool IsLeft => (First & Count) == 0;

    /// <summary>The other half of the parent. The block must be aligned.</summary>
    public MicrobatchBlock Sibling => this with { First = First ^ Count };

    /// <summary>The aligned block of twice the size that holds this one. The block must be aligned.</summary>
    public MicrobatchBlock Parent => new(First & ~Count, 2 * Count);

    /// <summary>True when <paramref name="other"/> lies wholly inside.</summary>
    public bool Contains(MicrobatchBlock other) => other.First >= First && other.First <= End && other.Count <= End - other.First;

    public override string ToString() => $"[{First}, {End})";
}
