using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

/// <summary>Pictures that tests make.</summary>
internal static class Pictures
{
    /// <summary>Red grows to the right, green downwards, blue along the diagonal. [height, width, 3]</summary>
    public static byte[] Gradient(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = (y * width + x) * 3;
                rgb[at] = (byte)(255 * x / Math.Max(1, width - 1));
                rgb[at + 1] = (byte)(255 * y / Math.Max(1, height - 1));
                rgb[at + 2] = (byte)(255 * (x + y) / Math.Max(1, width + height - 2));
            }
        }
        return rgb;
    }

    public static byte[] GradientJpeg(int width, int height) => JpegEncoder.EncodeRgb(Gradient(width, height), width, height, 95);

    /// <summary>An image from planar floats, as the fixtures have them.</summary>
    public static DecodedImage FromPlanar(ReadOnlySpan<float> chw, int height, int width)
    {
        var image = new DecodedImage();
        var pixels = image.Resize(width, height);
        for (var i = 0; i < height * width; i++)
            for (var c = 0; c < 3; c++) pixels[i * 3 + c] = (byte)chw[c * height * width + i];
        return image;
    }

    public static DecodedImage FromRgb(ReadOnlySpan<byte> rgb, int width, int height)
    {
        var image = new DecodedImage();
        rgb.CopyTo(image.Resize(width, height));
        return image;
    }

    public static int LargestDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        var largest = 0;
        for (var i = 0; i < a.Length; i++) largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }
}
