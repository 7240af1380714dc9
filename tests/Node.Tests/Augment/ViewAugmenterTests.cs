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

    // The teacher's view: the same crop and flip at another size, by another filter, otherwise normalised.
    [Fact]
    public void OfView_SameCropAs_SharesCropFlipAndColors()
    {
        var student = Views.Global(24) with { JitterProbability = 1 };
        ViewSpec[] views =
        [
            Views.Local(16), student,
            student with { Size = 14, Filter = ResampleFilter.Lanczos, SameCropAs = 1, ScaleMin = 0.01, FlipProbability = 0 },
            student with { SameCropAs = 1, JitterProbability = 0 },
        ];
        for (var sample = 0; sample < 50; sample++)
        {
            var draws = Enumerable.Range(0, 4).Select(v => ViewDraw.OfView(views, v, 120, 90, seed: 3, epoch: 2, sample)).ToArray();
            Assert.NotEqual(draws[0].Crop, draws[1].Crop);
            Assert.Equal(draws[1], draws[2]);
            Assert.Equal((draws[1].Crop, draws[1].Flip, false), (draws[3].Crop, draws[3].Flip, draws[3].Jitter));
        }
    }

    [Theory]
    [InlineData(1, null)] // itself
    [InlineData(2, null)] // a later one
    [InlineData(-1, null)]
    [InlineData(0, 0)] // one that has none of its own
    public void OfView_SameCropAsNoEarlierViewWithACrop_Throws(int leader, int? leadersLeader)
    {
        ViewSpec[] views = [Views.Plain(8) with { SameCropAs = leadersLeader }, Views.Plain(8) with { SameCropAs = leader }, Views.Plain(8)];
        var error = Assert.Throws<ArgumentException>(() => ViewDraw.OfView(views, 1, 120, 90, 1, 0, 0));
        Assert.Contains("an earlier one that has a crop of its own", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Augment_WarmedUp_AllocatesNothing()
    {
        ViewSpec[] views =
        [
            Views.Global(64) with { BlurProbability = 1 }, Views.Local(32),
            Views.Global(48) with { SameCropAs = 0, Filter = ResampleFilter.Lanczos, Mean = [0.5, 0.5, 0.5] },
        ];
        var outputs = Array.ConvertAll(views, v => new float[3 * v.Size * v.Size]);
        var augmenter = new ViewAugmenter();
        void Cut(int sample)
        {
            for (var view = 0; view < views.Length; view++)
                augmenter.Augment(s_image, views[view], ViewDraw.OfView(views, view, s_image.Width, s_image.Height, 1, 0, sample), outputs[view]);
        }
        for (var sample = 0; sample < 200; sample++) Cut(sample);

        // The runtime itself allocates a little when it recompiles a hot method: the least of some rounds counts.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var sample = 0; sample < 50; sample++) Cut(sample);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
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
        var planes = new byte[3 * size * size];
        new Resampler().Resize(s_image, draw.Crop, size, size, flip: false, spec.Filter, planes);
        if (draw.Flip)
            for (var i = 0; i < planes.Length; i += size) Array.Reverse(planes, i, size);
        for (var place = 0; draw.Jitter && place < 4; place++)
        {
            if (draw.JitterOrder[place] == JitterOperation.Brightness) Run(PointOperation.Brightness(draw.Brightness!.Value));
            if (draw.JitterOrder[place] == JitterOperation.Contrast) Run(PointOperation.Contrast(draw.Contrast!.Value, new PointPass().MeanGrey(planes)));
            if (draw.JitterOrder[place] == JitterOperation.Saturation) Run(PointOperation.Saturation(draw.Saturation!.Value));
            if (draw.JitterOrder[place] == JitterOperation.Hue) Run(PointOperation.Hue(draw.Hue!.Value));
        }
        if (draw.Greyscale) Run(PointOperation.Greyscale);
        if (draw.Blur) new GaussianBlur().Apply(planes, size, size, draw.BlurSigma);
        if (draw.Solarize) Run(PointOperation.Solarize);
        return [.. planes.Select((x, i) => (x / 255f - (float)spec.Mean[i / (size * size)]) / (float)spec.Std[i / (size * size)])];

        void Run(PointOperation operation)
        {
            var points = new PointPass();
            points.Add(operation);
            points.Run(planes);
        }
    }
}
