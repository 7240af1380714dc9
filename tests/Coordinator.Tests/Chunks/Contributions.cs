using Lockstep.Protos;

namespace Lockstep.Coordinator.Tests.Chunks;

/// <summary>Random microbatch contributions and their sum by the definition: recursively, in halves.</summary>
internal static class Contributions
{
    /// <summary>Numbers of very different sizes, so that another order of additions gives other bits.</summary>
    public static float[] Of(long step, int microbatch, int floats)
    {
        var random = new Random((int)step * 1009 + microbatch);
        return [.. Enumerable.Range(0, floats).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7)))];
    }

    public static float[] TreeSum(MicrobatchBlock block, Func<int, float[]> contribution)
    {
        if (block.Count == 1) return contribution(block.First);
        var half = block.Count / 2;
        var left = TreeSum(new(block.First, half), contribution);
        var right = TreeSum(new(block.First + half, half), contribution);
        return [.. left.Zip(right, (a, b) => a + b)];
    }

    public static int[] Bits(ReadOnlySpan<float> floats) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(floats).ToArray();
}
