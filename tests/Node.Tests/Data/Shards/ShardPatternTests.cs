using Lockstep.Node.Data;
using Lockstep.Node.Data.Shards;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class ShardPatternTests
{
    [Theory]
    [InlineData("/d/s-{000008..000010}.tar", "s-000008.tar s-000009.tar s-000010.tar")]
    [InlineData("/d/{8..10}.TAR", "8.TAR 9.TAR 10.TAR")]
    [InlineData("/d/a-{0..0}-b.tar", "a-0-b.tar")]
    public void TryExpand_Range_NamesEveryShard(string path, string names)
    {
        Assert.True(ShardPattern.TryExpand(path, out var expanded));
        Assert.Equal(names.Split(' '), expanded);
    }

    [Theory]
    [InlineData("/d/a-{3..2}.tar")]
    [InlineData("/d/a-{a..b}.tar")]
    [InlineData("/d/a-{1..2}.zip")]
    [InlineData("/d/a-{1..2}-{1..2}.tar")]
    [InlineData("/d/a-{0..9999999}.tar")]
    [InlineData("/d/a-{1,2}.tar")]
    public void TryExpand_NoRange_SaysHowPatternsLook(string path) =>
        Assert.Contains("name-{000000..000146}.tar", Assert.Throws<DataException>(() => ShardPattern.TryExpand(path, out _)).Message, StringComparison.Ordinal);

    [Fact]
    public void TryExpand_PathWithoutBraces_IsNone() => Assert.False(ShardPattern.TryExpand("/d/{x}/a.tar", out _));
}
