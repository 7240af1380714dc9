using Lockstep.Models;
using Lockstep.Node.Augment;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

/// <summary>Resize and crop against Pillow 9.4 (resize.safetensors). Tolerance 0: the fixed-point arithmetic is the same.</summary>
public sealed class ResizeParityTests
{
    private static readonly Fixtures s_golden = Fixtures.Load("resize");

    [Theory]
    [InlineData("photo", ResampleFilter.Bicubic)]
    [InlineData("noise", ResampleFilter.Bicubic)]
    [InlineData("cifar", ResampleFilter.Bicubic)]
    [InlineData("photo", ResampleFilter.Bilinear)]
    [InlineData("noise", ResampleFilter.Bilinear)]
    [InlineData("cifar", ResampleFilter.Bilinear)]
    public void Resize_OfPillow_IsEqual(string picture, ResampleFilter filter)
    {
        var prefix = $"out.{picture}.pil_{filter.ToString().ToLowerInvariant()}.";
        var names = s_golden.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, names.Length);
        foreach (var name in names) AssertResized(s_golden, $"in.{picture}", name, filter);
    }

    // Weights of the windowed sinc come from the C library's sin.
    [Fact]
    public void Lanczos_OfPillow_IsEqual()
    {
        var golden = Fixtures.Load("resize_lanczos");
        var names = golden.Names.Where(n => n.Contains(".pil_lanczos.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(12, names.Length);
        foreach (var name in names) AssertResized(golden, $"in.{name.Split('.')[1]}", name, ResampleFilter.Lanczos);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void CropAndResize_OfPillow_IsEqual(int index)
    {
        var box = s_golden[$"in.rrc{index}.top_left_h_w_size"].Select(x => (int)x).ToArray();
        var input = s_golden.ShapeOf("in.photo");
        var image = Pictures.FromPlanar(s_golden["in.photo"], input[1], input[2]);
        var expected = s_golden[$"out.rrc{index}.pil_bicubic"];
        var crop = new CropBox(Left: box[1], Top: box[0], Width: box[3], Height: box[2]);
        var size = box[4];

        var actual = new byte[3 * size * size];
        new Resampler().Resize(image, crop, size, size, flip: false, ResampleFilter.Bicubic, actual);
        Assert.Equal(expected, actual.Select(x => (float)x));

        new Resampler().Resize(image, crop, size, size, flip: true, ResampleFilter.Bicubic, actual);
        for (var i = 0; i < actual.Length; i += size) Array.Reverse(actual, i, size);
        Assert.Equal(expected, actual.Select(x => (float)x));
    }

    [Fact]
    public void EvaluationTransform_OfTorchvision_IsClose()
    {
        var input = s_golden.ShapeOf("in.photo");
        var image = Pictures.FromPlanar(s_golden["in.photo"], input[1], input[2]);
        var actual = new float[3 * 32 * 32];

        // Without normalisation but for the division by 255: exact to the rounding of that division.
        new EvaluationTransform(32, [0, 0, 0], [1, 1, 1], resizeSide: 40).Apply(image, actual);
        Assert.Equal(s_golden["out.photo.resize40_centercrop32_pil"], actual.Select(x => MathF.Round(x * 255)));

        new EvaluationTransform(32, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], resizeSide: 40).Apply(image, actual);
        var expected = s_golden["out.photo.resize40_centercrop32_norm"];
        for (var i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f);
    }

    private static void AssertResized(Fixtures golden, string input, string output, ResampleFilter filter)
    {
        var (from, to) = (golden.ShapeOf(input), golden.ShapeOf(output));
        var image = Pictures.FromPlanar(golden[input], from[1], from[2]);
        var actual = new byte[golden[output].Length];
        new Resampler().Resize(image, new CropBox(0, 0, from[2], from[1]), to[2], to[1], flip: false, filter, actual);
        Assert.Equal(golden[output], actual.Select(x => (float)x));
    }
}
