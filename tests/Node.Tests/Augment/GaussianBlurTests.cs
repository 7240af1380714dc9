using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class GaussianBlurTests
{
    // Among them boxes wider than the picture: edges are repeated, as in Pillow.
    [Theory]
    [InlineData(1, 1, 8f)]
    [InlineData(2, 9, 6f)]
    [InlineData(5, 3, 20f)]
    [InlineData(19, 37, 0.4f)]
    [InlineData(40, 16, 1.9f)]
    public void Apply_AnyShape_EqualsScalarCode(int height, int width, float sigma)
    {
        var chw = Enumerable.Range(0, 3 * height * width).Select(i => (byte)(i * 97)).ToArray();
        var expected = Scalar(chw, height, width, sigma);
        new GaussianBlur().Apply(chw, height, width, sigma);
        Assert.Equal(expected, chw);
    }

    [Fact]
    public void Apply_Constant_StaysConstant()
    {
        var chw = Enumerable.Repeat((byte)201, 3 * 20 * 20).ToArray();
        new GaussianBlur().Apply(chw, 20, 20, 1.3f);
        Assert.All(chw, x => Assert.Equal(201, x));
    }

    // Pillow 9.4's ImagingLineBoxBlur8, pixel by pixel.
    private static byte[] Scalar(byte[] chw, int height, int width, float sigma)
    {
        var variance = sigma * sigma / 3;
        var length = (float)Math.Sqrt(12.0 * variance + 1.0);
        var whole = (float)Math.Floor((length - 1.0) / 2.0);
        var radius = whole + (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) * (whole + 1)));
        var r = (int)radius;
        var ww = (uint)((1 << 24) / (radius * 2 + 1));
        var fw = ((1u << 24) - (uint)(2 * r + 1) * ww) / 2;

        var x = (byte[])chw.Clone();
        for (var axis = 0; axis < 2; axis++)
            for (var pass = 0; pass < 3; pass++) x = Pass(x, axis);
        return x;

        byte[] Pass(byte[] from, int axis) => [.. from.Select((_, i) =>
        {
            var (c, row, column) = (i / (height * width), i / width % height, i % width);
            uint At(int d) => (uint)(axis == 0
                ? from[(c * height + row) * width + Math.Clamp(column + d, 0, width - 1)]
                : from[(c * height + Math.Clamp(row + d, 0, height - 1)) * width + column]);
            var sum = 0u;
            for (var d = -r; d <= r; d++) sum += At(d);
            return (byte)(sum * ww + (At(-r - 1) + At(r + 1)) * fw + (1u << 23) >> 24);
        })];
    }
}
