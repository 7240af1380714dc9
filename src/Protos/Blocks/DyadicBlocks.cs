using System.Numerics;

namespace Lockstep.Protos;

/// <summary>Cuts ranges of microbatches into nodes of the sum's tree.</summary>
public static class DyadicBlocks
{
    /// <summary>The maximal aligned power-of-two blocks of [first, first + count), ascending. Empty when count is 0.</summary>
    public static IReadOnlyList<MicrobatchBlock> Cover(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var blocks = new List<MicrobatchBlock>();
        for (var (at, left) = (first, count); left > 0;)
        {
            var largest = 1 << BitOperations.Log2((uint)left);
            var size = at == 0 ? largest : Math.Min(at & -at, largest);
            blocks.Add(new(at, size));
            (at, left) = (at + size, left - size);
        }
        return blocks;
    }
}
