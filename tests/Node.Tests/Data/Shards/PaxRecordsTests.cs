using System.Text;
using Lockstep.Node.Data.Shards;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class PaxRecordsTests
{
    [Fact]
    public void TryTake_Records_ComeOneByOne()
    {
        ReadOnlySpan<byte> rest = "12 path=a=b\n8 k=\nx\n\n"u8;
        Assert.True(PaxRecords.TryTake(ref rest, out var key, out var value));
        Assert.Equal(("path", "a=b"), (Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value)));
        Assert.True(PaxRecords.TryTake(ref rest, out key, out value)); // a value may hold a line end
        Assert.Equal(("k", "\nx\n"), (Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value)));
        Assert.Equal(0, rest.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData(" a=b\n")]
    [InlineData("6 a=b")]
    [InlineData("7 a=b\n")]
    [InlineData("5 a=b\n")]
    [InlineData("6 abc\n")]
    [InlineData("6 =bc\n")]
    [InlineData("2 a=b\n")]
    [InlineData("0 a=b\n")]
    [InlineData("-6 a=b\n")]
    [InlineData("99999999999999999999 a=b\n")]
    [InlineData("6")]
    public void TryTake_Malformed_IsNone(string text)
    {
        ReadOnlySpan<byte> rest = Encoding.ASCII.GetBytes(text);
        Assert.False(PaxRecords.TryTake(ref rest, out _, out _));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("8589934592", 8589934592)]
    [InlineData("", -1)]
    [InlineData("12a", -1)]
    [InlineData("1234567890123456789", -1)]
    public void TryDecimal_Text_IsANumberOrNone(string text, long expected) =>
        Assert.Equal(expected, PaxRecords.TryDecimal(Encoding.ASCII.GetBytes(text), out var number) ? number : -1);
}
