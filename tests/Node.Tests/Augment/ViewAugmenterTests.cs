using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class ViewAugmenterTests
{
    private static readonly DecodedImage s_image = Pictures.FromRgb(Pictures.Gradient(120, 90), 120, 90);

    [Fact]
    public void Augment_ManyDraws_AppliesTheNamedOperationsInOrder()
    {
        var augmenter = new ViewAugmenter();
        var spec = Views.Global(31) with { BlurProbability = 0.5, GreyscaleProbability = 0.3, SolarizeProbability = 0.5 };
        for (var sample = 0UL; sample < 50; sample++)
        {
            Assert.Equal(StepByStep(spec, sample), Augment(augmenter, spec, sample));
        }
    }

    [Fact]
    public void Augment_SameKey_SameBitsAfterAnyOther()
    {
        var spec = Views.Local(24);
        var expected = Enumerable.Range(0, 20).Select(s => Augment(new ViewAugmenter(), spec, (ulong)s)).ToArray();
        var reused = new ViewAugmenter();
        Augment(reused, Views.Global(64), 99);
        for (var s = 19; s >= 0; s--) Assert.Equal(expected[s], Augment(reused, spec, (ulong)s));
        Assert.NotEqual(expected[0], expected[1]);
    }

    [Fact]
    public void Augment_OnAnyThread_SameBits()
    {
        var spec = Views.Local(24);
        var expected = Enumerable.Range(0, 40).Select(s => Augment(new ViewAugmenter(), spec, (ulong)s)).ToArray();
        var actual = new float[40][];
        Parallel.For(0, 40, s => actual[s] = Augment(new ViewAugmenter(), spec, (ulong)s));
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(17)]
    public void Augment_OddSizes_Work(int size)
    {
        var spec = Views.Global(size) with { BlurProbability = 1, JitterProbability = 1 };
        Assert.Equal(StepByStep(spec, 3), Augment(new ViewAugmenter(), spec, 3));
    }

    [Fact]
    public void Augment_OnePixelImage_IsThatColor()
    {
        var image = Pictures.FromRgb([10, 20, 30], 1, 1);
        var chance = new Philox(ChanceDomain.Augment, 1, 0);
        var chw = new float[3 * 8 * 8];
        new ViewAugmenter().Augment(image, Views.Plain(8) with { Mean = [0, 0, 0], Std = [1, 1, 1] }, ref chance, chw);
        Assert.All(chw[..64], x => Assert.Equal(10 / 255f, x));
        Assert.All(chw[128..], x => Assert.Equal(30 / 255f, x));
    }

    [Fact]
    public void Augment_WrongLength_Throws() => Assert.Throws<ArgumentException>(() =>
    {
        var chance = new Philox(ChanceDomain.Augment, 1, 0);
        new ViewAugmenter().Augment(s_image, Views.Plain(8), ref chance, new float[8 * 8]);
    });

    private static float[] Augment(ViewAugmenter augmenter, ViewSpec spec, ulong sample)
    {
        var chw = new float[3 * spec.Size * spec.Size];
        var chance = new Philox(ChanceDomain.Augment, 1, 0, sample);
        augmenter.Augment(s_image, spec, ref chance, chw);
        return chw;
    }

    // The same from the public pieces.
    private static float[] StepByStep(ViewSpec spec, ulong sample)
    {
        var size = spec.Size;
        var chance = new Philox(ChanceDomain.Augment, 1, 0, sample);
        var draw = ViewDraw.Draw(spec, s_image.Width, s_image.Height, ref chance);
        var chw = new float[3 * size * size];
        new BicubicResizer().Resize(s_image, draw.Crop, size, size, flip: false, chw);
        if (draw.Flip)
            for (var i = 0; i < chw.Length; i += size) Array.Reverse(chw, i, size);
        for (var place = 0; draw.Jitter && place < 4; place++)
        {
            if (draw.JitterOrder[place] == JitterOperation.Brightness) ColorJitter.Brightness(chw, draw.Brightness!.Value);
            if (draw.JitterOrder[place] == JitterOperation.Contrast) ColorJitter.Contrast(chw, draw.Contrast!.Value);
            if (draw.JitterOrder[place] == JitterOperation.Saturation) ColorJitter.Saturation(chw, draw.Saturation!.Value);
            if (draw.JitterOrder[place] == JitterOperation.Hue) HueShift.Apply(chw, draw.Hue!.Value);
        }
        if (draw.Greyscale) Greyscale.Apply(chw);
        if (draw.Blur) new GaussianBlur().Apply(chw, size, size, draw.BlurSigma);
        if (draw.Solarize) Solarization.Apply(chw);
        Normalization.Apply(chw, spec.Mean, spec.Std);
        return chw;
    }
}
