using System.Numerics;
using System.Numerics.Tensors;

namespace Lockstep.Models.Tests.Golden;

/// <summary>The sum over microbatches in the fixed binary tree, as nodes that hold ranges of them form it: Protos' engine in ten lines.</summary>
internal static class TreeSum
{
    /// <param name="contributions">One a microbatch; a power of two of them.</param>
    /// <param name="nodes">How many consecutive microbatches each node holds.</param>
    public static float[] Of(IReadOnlyList<float[]> contributions, params ReadOnlySpan<int> nodes)
    {
        var leaves = contributions.Select((values, m) => (Block: (m, 1), values)).ToDictionary(l => l.Block, l => l.values);
        var sent = new Dictionary<(int First, int Count), float[]>();
        var first = 0;
        foreach (var count in nodes)
        {
            for (var end = first + count; first < end;)
            {
                var size = 1 << BitOperations.Log2((uint)(end - first));
                while (first % size != 0) size /= 2;
                sent[(first, size)] = At(leaves, first, size);
                first += size;
            }
        }
        Assert.Equal(contributions.Count, first);
        return At(sent, 0, contributions.Count);
    }

    private static float[] At(Dictionary<(int First, int Count), float[]> blocks, int first, int count)
    {
        if (blocks.TryGetValue((first, count), out var there)) return there;
        var sum = At(blocks, first, count / 2).ToArray();
        TensorPrimitives.Add(sum, At(blocks, first + count / 2, count / 2), sum);
        return sum;
    }
}
