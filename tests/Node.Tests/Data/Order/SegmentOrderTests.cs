using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

public sealed class SegmentOrderTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(103, 4, 4)]
    [InlineData(103, 4, 1)]
    [InlineData(96, 4, 8)]
    [InlineData(97, 1, 16)]
    [InlineData(5, 8, 4)] // not one whole microbatch
    [InlineData(17, 8, 4)] // fewer microbatches than segments
    [InlineData(10_007, 16, 64)]
    public void At_EveryPosition_IsABijection(int count, int size, int segments)
    {
        var order = new SegmentOrder(count, size, segments);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), Enumerable.Range(0, count).Select(q => order.At(q)).Order());
    }

    [Fact]
    public void At_OneMicrobatchOfEveryStep_ReadsOnInItsSegment()
    {
        var order = new SegmentOrder(count: 103, size: 4, segments: 4); // 25 microbatches: segments of 7, 6, 6 and 6
        int[] firsts = [0, 28, 52, 76];
        for (var microbatch = 0; microbatch < 4; microbatch++)
            for (var step = 0; step < 6; step++)
                for (var row = 0; row < 4; row++) Assert.Equal(firsts[microbatch] + step * 4 + row, order.At(step * 16 + microbatch * 4 + row));
        Assert.Equal([24, 25, 26, 27, 100, 101, 102], Enumerable.Range(96, 7).Select(q => order.At(q)));
    }

    [Fact]
    public void At_Outside_Throws()
    {
        var order = new SegmentOrder(10, 2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => order.At(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => order.At(-1));
    }
}
