using Lockstep.Models.Backbones;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

public sealed class DropPathTests
{
    private static readonly DropPath Key = new(Seed: 1, Step: 2, Microbatch: 3, Pass: 0);

    [Fact]
    public void Mask_SameKey_IsTheSame() => Assert.Equal(Key.Mask(64, 0.3, 5), Key.Mask(64, 0.3, 5));

    [Fact]
    public void Mask_AnyPartOfTheKeyChanged_IsAnother()
    {
        float[][] masks =
        [
            Key.Mask(64, 0.5, 5), Key.Mask(64, 0.5, 6), (Key with { Seed = 2 }).Mask(64, 0.5, 5), (Key with { Step = 3 }).Mask(64, 0.5, 5),
            (Key with { Microbatch = 4 }).Mask(64, 0.5, 5), (Key with { Pass = 1 }).Mask(64, 0.5, 5),
        ];
        Assert.Equal(masks.Length, masks.Select(m => string.Join("", m)).Distinct().Count());
    }

    [Fact]
    public void Mask_DropsAtTheRate_AndKeepsTheMean()
    {
        var mask = Key.Mask(10_000, 0.2, 0);
        Assert.Equal(0.2, mask.Count(m => m == 0) / 10_000.0, 0.02);           // 5 standard errors
        Assert.All(mask, m => Assert.True(m is 0 or 1.25f));
    }

    [Theory] // torch.linspace(0, rate, depth)
    [InlineData(5, 0.2, 0.0, 0.05, 0.1, 0.15, 0.2)]
    [InlineData(1, 0.2, 0.0)]
    public void Rates_AreLinearFromZero(int depth, double last, params double[] expected) =>
        Assert.Equal(expected, Enumerable.Range(0, depth).Select(i => VisionTransformer.DropPathRate(i, depth, last)), (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void Apply_ScalesWholeSamples()
    {
        using var scope = NewDisposeScope();
        var kept = Key.Apply(ones([8, 2, 3]), 0.5, 1).data<float>().ToArray().Chunk(6).ToArray();
        var mask = Key.Mask(8, 0.5, 1);
        for (var i = 0; i < 8; i++) Assert.All(kept[i], v => Assert.Equal(mask[i], v));
    }

    [Fact]
    public void Apply_RateZero_IsTheIdentity()
    {
        using var branch = ones([2, 1, 1]);
        Assert.Same(branch, Key.Apply(branch, 0, 1));
    }
}
