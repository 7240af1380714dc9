using System.Runtime.InteropServices;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class BlockAccumulatorTests
{
    private const int Floats = 101;

    [Theory]
    [InlineData(0, 8, "0+8")]
    [InlineData(0, 5, "0+4 4+1")]
    [InlineData(3, 5, "3+1 4+4")]
    [InlineData(1, 6, "1+1 2+2 4+2 6+1")]
    [InlineData(6, 20, "6+2 8+8 16+8 24+2")]
    [InlineData(7, 0, "")]
    public void Cover_AnyRange_IsItsMaximalAlignedBlocks(int first, int count, string expected) =>
        Assert.Equal(expected, string.Join(' ', DyadicBlocks.Cover(first, count).Select(block => $"{block.First}+{block.Count}")));

    [Fact]
    public void Block_SiblingAndParent_AreThoseOfTheTree()
    {
        Assert.Equal((new(4, 2), new(4, 4)), (new MicrobatchBlock(6, 2).Sibling, new MicrobatchBlock(6, 2).Parent));
        Assert.Equal((new(12, 4), new(8, 8)), (new MicrobatchBlock(8, 4).Sibling, new MicrobatchBlock(8, 4).Parent));
        Assert.True(new MicrobatchBlock(8, 4).IsLeft);
        Assert.False(new MicrobatchBlock(6, 4).IsAligned);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(3, 5)]
    [InlineData(1, 6)]
    [InlineData(5, 1)]
    public void Add_FromManyThreadsInAnyOrder_GivesTheBitsOfTheTree(int first, int count)
    {
        var accumulator = new BlockAccumulator(8, first, count, Floats);
        for (var step = 0; step < 20; step++)
        {
            var order = Enumerable.Range(first, count).ToArray();
            new Random(step).Shuffle(order);
            Parallel.ForEach(order, microbatch => accumulator.Add(microbatch, Contribution(step, microbatch)));

            Assert.Equal(DyadicBlocks.Cover(first, count), accumulator.Blocks.Select(partial => partial.Block));
            Assert.All(accumulator.Blocks, partial => Assert.Equal(Bits(Tree(step, partial.Block)), Bits(partial.Sum.Span)));
            accumulator.Reset();
        }
    }

    [Fact]
    public void Add_AfterReset_AllocatesNothing()
    {
        var accumulator = new BlockAccumulator(8, 0, 8, Floats);
        var contribution = Contribution(0, 0);
        Step();
        Step();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Step();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step()
        {
            accumulator.Reset();
            for (var microbatch = 0; microbatch < 8; microbatch++) accumulator.Add(microbatch, contribution);
        }
    }

    [Fact]
    public void Blocks_MicrobatchMissing_ThrowsNamingIt()
    {
        var accumulator = new BlockAccumulator(8, 4, 4, Floats);
        foreach (var microbatch in new[] { 4, 6, 7 }) accumulator.Add(microbatch, new float[Floats]);

        Assert.Contains("Microbatches 5 of 4..7", Assert.Throws<InvalidOperationException>(() => accumulator.Blocks).Message);
    }

    [Theory]
    [InlineData(4, "already summed")]
    [InlineData(3, "outside [4, 8)")]
    public void Add_DoubledOrForeignMicrobatch_ThrowsNamingIt(int microbatch, string reason)
    {
        var accumulator = new BlockAccumulator(8, 4, 4, Floats);
        accumulator.Add(4, new float[Floats]);

        Assert.Contains(reason, Assert.Throws<InvalidOperationException>(() => accumulator.Add(microbatch, new float[Floats])).Message);
    }

    [Fact]
    public void Add_WrongLength_Throws() =>
        Assert.Throws<ArgumentException>(() => new BlockAccumulator(8, 4, 4, Floats).Add(4, new float[Floats - 1]));

    private static float[] Contribution(int step, int microbatch)
    {
        var random = new Random(step * 1009 + microbatch);
        return [.. Enumerable.Range(0, Floats).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7)))];
    }

    private static float[] Tree(int step, MicrobatchBlock block)
    {
        if (block.Count == 1) return Contribution(step, block.First);
        var half = block.Count / 2;
        return [.. Tree(step, new(block.First, half)).Zip(Tree(step, new(block.First + half, half)), (a, b) => a + b)];
    }

    private static int[] Bits(ReadOnlySpan<float> floats) => MemoryMarshal.Cast<float, int>(floats).ToArray();
}
