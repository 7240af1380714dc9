using Lockstep.Node.Augment;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

/// <summary>Resize and crop against Pillow 9.4 (resize.safetensors). Tolerance 0: the fixed-point arithmetic is the same.</summary>
public sealed class ResizeParityTests
{
    private static readonly Fixtures s_golden = Fixtures.Load("resize");

    [Theory]
    [InlineData("photo")]
    [InlineData("noise")]
    [InlineData("cifar")]
    public void Bicubic_OfPillow_IsEqual(string picture)
    {
        var input = s_golden.ShapeOf($"in.{picture}");
        var image = Pictures.FromPlanar(s_golden[$"in.{picture}"], input[1], input[2]);
        var names = s_golden.Names.Where(n => n.StartsWith($"out.{picture}.pil_bicubic.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, names.Length);
        foreach (var name in names)
        {
            var output = s_golden.ShapeOf(name);
            var actual = new float[s_golden[name].Length];
            new BicubicResizer().Resize(image, new CropBox(0, 0, input[2], input[1]), output[2], output[1], flip: false, actual);
            Assert.Equal(s_golden[name], actual);
        }
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

        var actual = new float[3 * size * size];
        new BicubicResizer().Resize(image, crop, size, size, flip: false, actual);
        Assert.Equal(expected, actual);

        new BicubicResizer().Resize(image, crop, size, size, flip: true, actual);
        for (var i = 0; i < actual.Length; i += size) Array.Reverse(actual, i, size);
        Assert.Equal(expected, actual);
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
}
