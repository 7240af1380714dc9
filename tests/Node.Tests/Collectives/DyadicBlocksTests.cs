using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class DyadicBlocksTests
{
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
}
