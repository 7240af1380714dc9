using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class JpegTests
{
    private readonly DecodedImage _image = new();

    [Theory]
    [InlineData(64, 48)]
    [InlineData(33, 17)]
    [InlineData(1, 1)]
    public void Decode_EncodedGradient_ComesBack(int width, int height)
    {
        var rgb = Pictures.Gradient(width, height);
        Decode(JpegEncoder.EncodeRgb(rgb, width, height, 95));

        Assert.Equal((width, height), (_image.Width, _image.Height));
        Assert.InRange(Pictures.LargestDifference(rgb, _image.Pixels), 0, 12); // quality 95, chroma at half resolution
    }

    [Fact]
    public void Decode_Greyscale_HasEqualChannels()
    {
        var grey = Enumerable.Range(0, 40 * 30).Select(i => (byte)(i % 40 * 6)).ToArray();
        Decode(JpegEncoder.EncodeGrey(grey, 40, 30, 95));

        for (var i = 0; i < grey.Length; i++)
        {
            Assert.InRange(_image.Pixels[i * 3] - grey[i], -6, 6);
            Assert.Equal(_image.Pixels[i * 3], _image.Pixels[i * 3 + 1]);
            Assert.Equal(_image.Pixels[i * 3], _image.Pixels[i * 3 + 2]);
        }
    }

    [Fact]
    public void Decode_InvertedCmyk_IsInkTimesBlack()
    {
        byte[][] colors = [[255, 255, 255, 255], [255, 255, 255, 0], [0, 255, 255, 255], [128, 64, 200, 255], [200, 100, 50, 128]];
        foreach (var color in colors)
        {
            Decode(JpegEncoder.EncodeCmyk([.. Enumerable.Repeat(color, 16 * 16).SelectMany(c => c)], 16, 16, 100));
            for (var c = 0; c < 3; c++) Assert.InRange(_image.Pixels[c] - color[c] * color[3] / 255.0, -3, 3);
        }
    }

    [Fact]
    public void Decode_SmallerAfterLarger_HasOnlyItsOwnPixels()
    {
        Decode(Pictures.GradientJpeg(200, 100));
        Decode(Pictures.GradientJpeg(20, 10));
        Assert.Equal(20 * 10 * 3, _image.Pixels.Length);
        Assert.InRange(Pictures.LargestDifference(Pictures.Gradient(20, 10), _image.Pixels), 0, 20);
    }

    [Fact]
    public void Decode_AfterAnyBrokenFile_IsAsBeforeIt()
    {
        using var decoder = new JpegDecoder();
        var jpeg = JpegEncoder.EncodeRgb(Pictures.Gradient(40, 30), 40, 30, progressive: true);
        decoder.Decode(jpeg, _image);
        var expected = _image.Pixels.ToArray();
        for (var length = 3; length < jpeg.Length - 2; length += 7)
        {
            Assert.Throws<ImageDecodeException>(() => decoder.Decode(jpeg.AsSpan(0, length), _image));
            decoder.Decode(jpeg, _image);
            Assert.Equal(expected, _image.Pixels);
        }
    }

    [Fact]
    public void Decode_StrayBytesBetweenSegments_IsAccepted()
    {
        var jpeg = Pictures.GradientJpeg(32, 32);
        byte[] stray = [.. jpeg[..^2], 1, 2, 3, 4, .. jpeg[^2..]];
        Decode(stray);
        var expected = _image.Pixels.ToArray();
        Decode(jpeg);
        Assert.Equal(_image.Pixels, expected);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.95)]
    [InlineData(1.0)]
    public void Decode_CutOff_IsTruncated(double part)
    {
        var jpeg = Pictures.GradientJpeg(100, 100);
        var fault = Fails(jpeg[..((int)(jpeg.Length * part) - 2)]);
        Assert.Equal(ImageFault.Truncated, fault.Fault);
        Assert.Contains("truncated JPEG", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Rubbish_IsCorrupt() => Assert.Equal(ImageFault.Corrupt, Fails([0xFF, 0xD8, 0xFF, 0xDB, 0, 3, 9, 9, 0xFF, 0xD9]).Fault);

    [Fact]
    public void Decode_HeaderOfHugePicture_IsRefused()
    {
        var jpeg = Pictures.GradientJpeg(16, 16);
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        for (var i = 5; i < 9; i++) jpeg[frame + i] = 0xF0;
        Assert.Equal(ImageFault.TooLarge, Fails(jpeg).Fault);
    }

    [Fact]
    public void Encode_WrongLength_Throws() =>
        Assert.Throws<ArgumentException>(() => JpegEncoder.EncodeRgb(new byte[10], 2, 2));

    private ImageDecodeException Fails(byte[] bytes) => Assert.Throws<ImageDecodeException>(() => Decode(bytes));

    private void Decode(byte[] bytes)
    {
        using var decoder = new JpegDecoder();
        decoder.Decode(bytes, _image);
    }
}
