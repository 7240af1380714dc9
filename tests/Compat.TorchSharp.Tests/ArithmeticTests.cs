using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class ArithmeticTests
{
    private static Tensor Of(params float[] values) => tensor(values);

    [Fact]
    public void Operators_WorkInBothOrders()
    {
        var x = Of(1, 2, 4);
        Expect.Values(x + x, 2, 4, 8);
        Expect.Values(x - 1, 0, 1, 3);
        Expect.Values(1 - x, 0, -1, -3);
        Expect.Values(x * 2.5, 2.5f, 5, 10);
        Expect.Values(2 * x, 2, 4, 8);
        Expect.Values(x / 4, 0.25f, 0.5f, 1);
        Expect.Values(1.0 / x, 1, 0.5f, 0.25f);
        Expect.Values(-x, -1, -2, -4);
        Expect.Values(x % 3, 1, 2, 1);
    }

    [Fact]
    public void InPlace_ChangesAndReturnsTheTensor()
    {
        var x = Of(1, 2);
        var same = x.add_(Of(1, 1), alpha: 2);
        Expect.Values(x, 3, 4);
        Expect.Values(same, 3, 4);
        x.sub_(1).mul_(2).div_(4);
        Expect.Values(x, 1, 1.5f);
        x.fill_(4).sqrt_();
        Expect.Values(x, 2, 2);
        x.zero_();
        Expect.Values(x, 0, 0);
        x.copy_(Of(5, 6));
        Expect.Values(x, 5, 6);
    }

    [Fact]
    public void Fused_FollowTheirFormulas()
    {
        var x = Of(1, 1);
        Expect.Values(x.addcmul(Of(2, 3), Of(4, 5), 0.5), 5, 8.5f);
        Expect.Values(x.addcdiv(Of(2, 3), Of(4, 6), 2), 2, 2);
        x.addcmul_(Of(1, 2), Of(1, 2), 1);
        Expect.Values(x, 2, 5);
        x.addcdiv_(Of(1, 1), Of(2, 4), -1);
        Expect.Values(x, 1.5f, 4.75f);
        Expect.Values(Of(0, 10).lerp(Of(10, 20), tensor(0.25f)), 2.5f, 12.5f);
        var y = Of(0, 10);
        y.lerp_(Of(10, 20), 0.5f);
        Expect.Values(y, 5, 15);
    }

    [Fact]
    public void Broadcasting_AlignsTheLastDimensions()
    {
        var column = Of(1, 2).view(2, 1);
        Expect.Values(column + Of(10, 20, 30), 11, 21, 31, 12, 22, 32);
        Assert.ThrowsAny<Exception>(() => zeros(2) + zeros(3));
    }

    [Fact]
    public void Types_ArePromotedAsInPyTorch()
    {
        var whole = tensor(new[] { 1L, 2L });
        Assert.Equal(ScalarType.Float32, (whole + 1.5f).dtype);
        Assert.Equal(ScalarType.Int64, (whole + 1).dtype);
        Assert.Equal(ScalarType.Float32, (whole / 2).dtype);
        Assert.Equal(ScalarType.Float32, (Of(1) + 1.5).dtype);
        Assert.Equal(ScalarType.Float64, (Of(1) + tensor(new[] { 1.0 })).dtype);
        Assert.Equal(ScalarType.BFloat16, (Of(1).to(bfloat16) * 2.0).dtype);
        Assert.Equal(ScalarType.Float32, (Of(1).to(bfloat16) + Of(1)).dtype);
        Assert.ThrowsAny<Exception>(() => whole.add_(1.5f));
    }

    [Fact]
    public void Pointwise_KnownValues()
    {
        Expect.Values(Of(1, 4).sqrt(), 1, 2);
        Expect.Values(Of(1, 4).rsqrt(), 1, 0.5f);
        Expect.Values(Of(2, 3).pow(2), 4, 9);
        Expect.Values(Of(2, 3).square(), 4, 9);
        Expect.Values(Of(0, 1).exp(), 1, 2.7182818f);
        Expect.Values(Of(1, 2.7182818f).log(), 0, 1);
        Expect.Values(Of(0, 1).erf(), 0, 0.84270079f);
        Expect.Values(Of(-2, 3).abs(), 2, 3);
        Expect.Values(Of(-2, 0, 3).sign(), -1, 0, 1);
        Expect.Values(Of(-2, 3).neg(), 2, -3);
        Expect.Values(Of(-2, 0.5f, 3).clamp(-1, 1), -1, 0.5f, 1);
        Expect.Values(Of(-2, 3).clamp(min: 0), 0, 3);
        Expect.Values(Of(1, 5).maximum(Of(3, 3)), 3, 5);
        Expect.Values(Of(1, 5).minimum(Of(3, 3)), 1, 3);
        Expect.Values(Of(0).sigmoid(), 0.5f);
        Expect.Values(Of(1.5f, -1.5f).floor(), 1, -2);
        Expect.Values(Of(2.5f, -1.6f).round(), 2, -2);
    }

    [Fact]
    public void Comparisons_AreElementwise()
    {
        var x = Of(1, 2, 3);
        Expect.Bools(x.eq(2), false, true, false);
        Expect.Bools(x.ne(Of(1, 0, 3)), false, true, false);
        Expect.Bools(x < 2, true, false, false);
        Expect.Bools(x <= 2, true, true, false);
        Expect.Bools(x.gt(Of(0, 2, 4)), true, false, false);
        Expect.Bools(x >= 3, false, false, true);
        Expect.Bools(x == Of(1, 0, 3), true, false, true);
        Assert.True(x.Equals(Of(1, 2, 3)));
        Assert.False(x.Equals(Of(1, 2, 4)));
        Assert.True(allclose(x, x + 1e-7));
        Expect.Bools(Of(float.NaN, 1).isnan(), true, false);
        Expect.Bools(Of(float.NaN, float.PositiveInfinity, 1).isfinite(), false, false, true);
    }

    [Fact]
    public void Products_MatchHandComputedOnes()
    {
        var a = Of(1, 2, 3, 4).view(2, 2);
        var b = Of(5, 6, 7, 8).view(2, 2);
        Expect.Values(a.matmul(b), 19, 22, 43, 50);
        Expect.Values(a.mm(b), 19, 22, 43, 50);
        Expect.Values(matmul(a, Of(1, 1)), 3, 7);
        Expect.Values(a.unsqueeze(0).bmm(b.unsqueeze(0)), 19, 22, 43, 50);
        Expect.Values(einsum("ij,jk->ik", a, b), 19, 22, 43, 50);
        Expect.Values(outer(Of(1, 2), Of(3, 4)), 3, 4, 6, 8);
    }
}
