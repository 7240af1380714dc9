using Lockstep.Node.Replica;
using Xunit;

namespace Lockstep.Node.Tests.Replica;

public sealed class KernelFingerprintTests
{
    [Theory]
    [InlineData("libturbojpeg.so")]
    [InlineData("libpng16.so")]
    [InlineData("libwebp.so")]
    public void Compute_LibraryThatDecidesPixels_IsNamed(string library) =>
        Assert.Contains(library, KernelFingerprint.Compute(), StringComparison.Ordinal);

    [Fact]
    public void VariablesOfMklAndOneDnn_AreNamedWhereTheyAreSet()
    {
        Assert.Equal("", KernelFingerprint.OfVariablesThatAreSet(_ => null));
        Assert.Equal("; MKL_CBWR=AVX2", KernelFingerprint.OfVariablesThatAreSet(name => name == "MKL_CBWR" ? "AVX2" : ""));
    }
}
