using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

/// <summary>The kinds of JPEG beside the baseline one, and those that are refused.</summary>
public sealed class JpegKindsTests
{
    private readonly DecodedImage _image = new();

    [Fact]
    public void Decode_Progressive_IsAsBaseline()
    {
        var rgb = Pictures.Gradient(75, 43);
        var progressive = JpegEncoder.EncodeRgb(rgb, 75, 43, 90, progressive: true);
        Assert.True(progressive.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC2]) > 0);
        Assert.Equal(Decode(JpegEncoder.EncodeRgb(rgb, 75, 43, 90)), Decode(progressive)); // the coefficients are the same
    }

    [Fact]
    public void Decode_ArithmeticCoded_IsAsHuffmanCoded()
    {
        var rgb = Pictures.Gradient(ArithmeticJpeg.Width, ArithmeticJpeg.Height);
        Assert.Equal(Decode(JpegEncoder.EncodeRgb(rgb, ArithmeticJpeg.Width, ArithmeticJpeg.Height, ArithmeticJpeg.Quality)), Decode(ArithmeticJpeg.Bytes));
    }

    [Fact]
    public void Decode_AdobeRgb_IsTakenAsStored()
    {
        // The same samples, once as Y, Cb, Cr and once as R, G, B. Flat, since the second and third are stored in half size.
        byte[] flat = [.. Enumerable.Repeat((byte[])[200, 100, 50], 16 * 16).SelectMany(p => p)];
        var jpeg = HandMadeJpeg.Remove(JpegEncoder.EncodeRgb(flat, 16, 16, 100), HandMadeJpeg.App0);
        var rgb = Decode(HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App14, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]));
        var (y, cb, cr) = (0.299 * 200 + 0.587 * 100 + 0.114 * 50, 128 - 0.168736 * 200 - 0.331264 * 100 + 0.5 * 50, 128 + 0.5 * 200 - 0.418688 * 100 - 0.081312 * 50);
        Assert.InRange(rgb[0] - y, -2, 2);
        Assert.InRange(rgb[1] - cb, -2, 2);
        Assert.InRange(rgb[2] - cr, -2, 2);
    }

    [Fact]
    public void Decode_PlainCmyk_IsTakenAsStored()
    {
        // JpegEncoder stores YCCK; with transform 0 in Adobe's segment the same numbers are C, M, Y, K.
        byte[] color = [180, 90, 40, 200];
        var jpeg = JpegEncoder.EncodeCmyk([.. Enumerable.Repeat(color, 16 * 16).SelectMany(c => c)], 16, 16, 100);
        var adobe = HandMadeJpeg.DataOf(jpeg, HandMadeJpeg.App14);
        Assert.Equal(2, jpeg[adobe + 11]);
        jpeg[adobe + 11] = 0;
        var (r, g, b) = (255 - 180.0, 255 - 90.0, 255 - 40.0); // YCCK is made of the complements
        double[] stored = [0.299 * r + 0.587 * g + 0.114 * b, 128 - 0.168736 * r - 0.331264 * g + 0.5 * b, 128 + 0.5 * r - 0.418688 * g - 0.081312 * b];
        var rgb = Decode(jpeg);
        for (var channel = 0; channel < 3; channel++) Assert.InRange(rgb[channel] - stored[channel] * color[3] / 255, -3, 3);
    }

    [Fact]
    public void Decode_HugeCmykThatIsDamaged_KeepsNoBuffer()
    {
        const int Side = 4100; // 64.1 MiB of ink
        byte[] jpeg = [.. JpegEncoder.EncodeCmyk(new byte[16 * 16 * 4], 16, 16), .. new byte[20_000]];
        var frame = HandMadeJpeg.DataOf(jpeg, HandMadeJpeg.Frame);
        (jpeg[frame + 1], jpeg[frame + 2], jpeg[frame + 3], jpeg[frame + 4]) = (Side >> 8, Side & 255, Side >> 8, Side & 255);
        using var decoder = new JpegDecoder();
        Assert.Equal(ImageFault.Truncated, Assert.Throws<ImageDecodeException>(() => decoder.Decode(jpeg, _image)).Fault);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageDecodeException>(() => decoder.Decode(jpeg, _image));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Side * Side * 4L, 2L * Side * Side * 4); // it was let go, and is made again
    }

    [Theory]
    [InlineData(0xC3, 8, "lossless")]
    [InlineData(0xC5, 8, "hierarchical")]
    [InlineData(0xC1, 12, "12 bits")]
    public void Decode_OtherProcess_IsUnsupported(byte frame, byte precision, string reason)
    {
        var jpeg = Pictures.GradientJpeg(16, 16);
        var data = HandMadeJpeg.DataOf(jpeg, HandMadeJpeg.Frame);
        (jpeg[data - 3], jpeg[data]) = (frame, precision);
        var fault = Fails(jpeg);
        Assert.Equal(ImageFault.Unsupported, fault.Fault);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Exif_IsTurned()
    {
        var jpeg = Pictures.GradientJpeg(24, 15);
        var stored = Decode(jpeg);
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            foreach (var little in new[] { true, false })
            {
                Decode(HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App1, HandMadeExif.WriteWithName(orientation, little)));
                var expected = Pictures.FromRgb(stored, 24, 15);
                expected.Orient(orientation);
                Assert.Equal((expected.Width, expected.Height), (_image.Width, _image.Height));
                Assert.Equal(expected.Pixels, _image.Pixels);
            }
        }
    }

    [Fact]
    public void Decode_ExifAfterOtherSegments_IsTurned()
    {
        var jpeg = HandMadeJpeg.Insert(Pictures.GradientJpeg(24, 15), HandMadeJpeg.App1, HandMadeExif.WriteWithName(6));
        jpeg = HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App1, [.. "http://ns.adobe.com/xap/1.0/\0<x/>"u8]);
        Decode(HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App2, [.. "ICC_PROFILE\0"u8, 1, 1, .. new byte[500]]));
        Assert.Equal((15, 24), (_image.Width, _image.Height));
    }

    [Fact]
    public void Decode_HeaderOfMoreThanTheBytesCanHold_IsRefused()
    {
        var jpeg = Pictures.GradientJpeg(16, 16);
        var frame = HandMadeJpeg.DataOf(jpeg, HandMadeJpeg.Frame);
        (jpeg[frame + 1], jpeg[frame + 3]) = (0x20, 0x20); // 8,208 x 8,208: allowed, but not in so few bytes
        var fault = Fails(jpeg);
        Assert.Equal(ImageFault.Truncated, fault.Fault);
        Assert.Contains("cannot hold", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_FlatPicture_FitsTheBoundOfItsBytes()
    {
        var flat = new byte[2000 * 2000 * 3];
        Assert.Equal(flat.Length, Decode(JpegEncoder.EncodeRgb(flat, 2000, 2000, 1)).Length);
        Assert.Equal(flat.Length, Decode(JpegEncoder.EncodeRgb(flat, 2000, 2000, 1, progressive: true)).Length);
    }

    private ImageDecodeException Fails(byte[] bytes) => Assert.Throws<ImageDecodeException>(() => Decode(bytes));

    private byte[] Decode(byte[] bytes)
    {
        using var decoder = new JpegDecoder();
        decoder.Decode(bytes, _image);
        return _image.Pixels.ToArray();
    }
}
