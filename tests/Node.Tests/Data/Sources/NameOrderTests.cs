using System.Text;
using Lockstep.Node.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Sources;

public sealed class NameOrderTests
{
    [Fact]
    public void Compare_AnyNames_IsTheOrdinalOrderOfText()
    {
        string[] names = ["", "a", "a/b", "a-b", "ab", "B", "é", "\u07ff", "\u0800", "\ud7ff", "\ue000x", "\uffee", "\U0001F600", "\U0001F600x", "x\U0010ffff", "x\uf900", "x\ufffd"];
        foreach (var a in names)
            foreach (var b in names)
                Assert.Equal(Math.Sign(string.CompareOrdinal(a, b)), Math.Sign(NameOrder.Compare(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b))));
    }
}
