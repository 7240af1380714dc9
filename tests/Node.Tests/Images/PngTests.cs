using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class PngTests
{
    private readonly DecodedImage _image = new();

    [Fact]
    public void Decode_EncodedRgb_IsEqual()
    {
        var rgb = Pictures.Gradient(37, 23);
        PngDecoder.Decode(PngEncoder.Encode(rgb, 37, 23, PngPixels.Rgb), _image);
        Assert.Equal((37, 23), (_image.Width, _image.Height));
        Assert.Equal(rgb, _image.Pixels);
    }

    [Fact]
    public void Decode_EncodedGrey_HasEqualChannels()
    {
        byte[] grey = [0, 50, 100, 150, 200, 255];
        PngDecoder.Decode(PngEncoder.Encode(grey, 3, 2, PngPixels.Grey), _image);
        Assert.Equal(grey.SelectMany(g => new[] { g, g, g }), _image.Pixels.ToArray());
    }

    [Fact]
    public void Decode_Alpha_IsCompositedOnWhite()
    {
        PngDecoder.Decode(PngEncoder.Encode([10, 20, 30, 255, 10, 20, 30, 0], 2, 1, PngPixels.RgbAlpha), _image);
        Assert.Equal((byte[])[10, 20, 30, 255, 255, 255], _image.Pixels);

        PngDecoder.Decode(PngEncoder.Encode([70, 255, 70, 0], 2, 1, PngPixels.GreyAlpha), _image);
        Assert.Equal((byte[])[70, 70, 70, 255, 255, 255], _image.Pixels);
    }

    // Two pixels: the darkest and the lightest value, or two known ones.
    [Theory]
    [InlineData(1, 0, new byte[] { 0b0100_0000 }, new byte[] { 0, 0, 0, 255, 255, 255 })]
    [InlineData(2, 0, new byte[] { 0b0110_0000 }, new byte[] { 85, 85, 85, 170, 170, 170 })]
    [InlineData(4, 0, new byte[] { 0x3C }, new byte[] { 51, 51, 51, 204, 204, 204 })]
    [InlineData(8, 0, new byte[] { 7, 250 }, new byte[] { 7, 7, 7, 250, 250, 250 })]
    [InlineData(16, 0, new byte[] { 0x80, 0x80, 0x20, 0x20 }, new byte[] { 128, 128, 128, 32, 32, 32 })]
    [InlineData(8, 2, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(16, 2, new byte[] { 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(1, 3, new byte[] { 0b1000_0000 }, new byte[] { 40, 50, 60, 10, 20, 30 })]
    [InlineData(2, 3, new byte[] { 0b0100_0000 }, new byte[] { 40, 50, 60, 10, 20, 30 })]
    [InlineData(4, 3, new byte[] { 0x10 }, new byte[] { 40, 50, 60, 10, 20, 30 })]
    [InlineData(8, 3, new byte[] { 1, 0 }, new byte[] { 40, 50, 60, 10, 20, 30 })]
    [InlineData(8, 4, new byte[] { 90, 255, 90, 0 }, new byte[] { 90, 90, 90, 255, 255, 255 })]
    [InlineData(16, 4, new byte[] { 90, 90, 255, 255, 90, 90, 0, 0 }, new byte[] { 90, 90, 90, 255, 255, 255 })]
    [InlineData(8, 6, new byte[] { 1, 2, 3, 255, 4, 5, 6, 255 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData(16, 6, new byte[] { 1, 1, 2, 2, 3, 3, 255, 255, 4, 4, 5, 5, 6, 6, 255, 255 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    public void Decode_EveryColorTypeAndDepth_IsRgb(int depth, int colorType, byte[] row, byte[] expected)
    {
        byte[]? palette = colorType == 3 ? [10, 20, 30, 40, 50, 60] : null;
        PngDecoder.Decode(HandMadePng.Write(2, 3, depth, colorType, row, palette), _image);
        Assert.Equal((2, 3), (_image.Width, _image.Height));
        for (var y = 0; y < 3; y++) Assert.Equal(expected, _image.Pixels.Slice(y * 6, 6));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(700)]
    public void Decode_CutOff_IsTruncated(int length)
    {
        var png = PngEncoder.Encode(Noise(40, 40), 40, 40, PngPixels.Rgb);
        Assert.True(png.Length > 2000);
        var fault = Assert.Throws<ImageDecodeException>(() => PngDecoder.Decode(png.AsSpan(0, length), _image));
        Assert.Equal(ImageFault.Truncated, fault.Fault);
    }

    [Fact]
    public void Decode_FlippedBit_IsCorrupt()
    {
        var png = PngEncoder.Encode(Noise(40, 40), 40, 40, PngPixels.Rgb);
        png[1000] ^= 4;
        var fault = Assert.Throws<ImageDecodeException>(() => PngDecoder.Decode(png, _image));
        Assert.Equal(ImageFault.Corrupt, fault.Fault);
        Assert.Contains("corrupt PNG (", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HeaderOfHugePicture_IsRefused()
    {
        var png = HandMadePng.Write(20_000, 20_000, 1, 0, []);
        var fault = Assert.Throws<ImageDecodeException>(() => PngDecoder.Decode(png, _image));
        Assert.Equal(ImageFault.TooLarge, fault.Fault);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(301, 199)]
    public void Encode_Incompressible_Fits(int width, int height)
    {
        var noise = Noise(width, height);
        PngDecoder.Decode(PngEncoder.Encode(noise, width, height, PngPixels.Rgb), _image);
        Assert.Equal(noise, _image.Pixels);
    }

    private static byte[] Noise(int width, int height)
    {
        var noise = new byte[width * height * 3];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
