using System.Buffers.Binary;
using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class WebpTests
{
    private readonly DecodedImage _image = new();
    private readonly WebpDecoder _decoder = new();

    [Theory]
    [InlineData(64, 48)]
    [InlineData(33, 17)]
    [InlineData(1, 1)]
    public void Decode_Lossy_ComesBack(int width, int height)
    {
        var rgb = Pictures.Gradient(width, height);
        _decoder.Decode(WebpEncoder.Encode(rgb, width, height, 95), _image);
        Assert.Equal((width, height), (_image.Width, _image.Height));
        Assert.InRange(Pictures.LargestDifference(rgb, _image.Pixels), 0, 24); // studio-range luma, chroma at half resolution
    }

    [Fact]
    public void Decode_Lossless_IsEqual()
    {
        var rgb = Pictures.Gradient(37, 23);
        _decoder.Decode(WebpEncoder.EncodeLossless(rgb, 37, 23), _image);
        Assert.Equal(rgb, _image.Pixels);
    }

    [Fact]
    public void Decode_Alpha_IsCompositedOnWhite()
    {
        _decoder.Decode(WebpEncoder.EncodeLossless([10, 20, 30, 255, 10, 20, 30, 0], 2, 1), _image);
        Assert.Equal((byte[])[10, 20, 30, 255, 255, 255], _image.Pixels);

        var rgba = Enumerable.Repeat((byte[])[200, 20, 30, 0], 32 * 16).SelectMany(p => p).ToArray();
        _decoder.Decode(WebpEncoder.Encode(rgba, 32, 16), _image);
        Assert.All(_image.Pixels.ToArray(), value => Assert.Equal(255, value));
    }

    [Fact]
    public void Decode_HalfTransparent_IsAsOfAPng()
    {
        var rgba = new byte[256 * 16 * 4];
        for (var i = 0; i < 256 * 16; i++)
            (rgba[i * 4], rgba[i * 4 + 1], rgba[i * 4 + 2], rgba[i * 4 + 3]) = ((byte)i, (byte)(255 - i), 128, (byte)(17 * (i / 256)));
        _decoder.Decode(WebpEncoder.EncodeLossless(rgba, 256, 16), _image);
        var webp = _image.Pixels.ToArray();
        PngDecoder.Decode(PngEncoder.Encode(rgba, 256, 16, PngPixels.RgbAlpha), _image);
        Assert.InRange(Pictures.LargestDifference(webp, _image.Pixels), 0, 3); // libpng composes in 8 bits
    }

    [Fact]
    public void Decode_HugeTransparentThatIsDamaged_KeepsNoBuffer()
    {
        const uint Side = 4100; // 64.1 MiB with alpha
        byte[] rgba = [.. Pictures.Gradient(40, 30).Chunk(3).SelectMany(p => p.Append(p[0]))];
        var webp = WebpEncoder.EncodeLossless(rgba, 40, 30);
        Assert.Equal((byte)'L', webp[15]);
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(21), Side - 1 | Side - 1 << 14 | 1 << 28); // width, height, alpha
        Assert.Throws<ImageDecodeException>(() => _decoder.Decode(webp, _image));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageDecodeException>(() => _decoder.Decode(webp, _image));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Side * Side * 4, 2 * Side * Side * 4); // it was let go, and is made again
    }

    [Fact]
    public void Decode_SmallerAfterLarger_HasOnlyItsOwnPixels()
    {
        foreach (var (width, height) in new[] { (200, 100), (20, 10) })
        {
            var rgba = Pictures.Gradient(width, height).Chunk(3).SelectMany(p => p.Append((byte)255)).ToArray();
            _decoder.Decode(WebpEncoder.EncodeLossless(rgba, width, height), _image);
            Assert.Equal(Pictures.Gradient(width, height), _image.Pixels);
        }
    }

    [Fact]
    public void Decode_ExtendedForm_IsEqual()
    {
        var rgb = Pictures.Gradient(21, 9);
        var webp = HandMadeWebp.Extend(WebpEncoder.EncodeLossless(rgb, 21, 9), 21, 9, HandMadeWebp.Profile, [("ICCP", [1, 2, 3])], [("XMP ", [4])]);
        _decoder.Decode(webp, _image);
        Assert.Equal(rgb, _image.Pixels);
    }

    [Fact]
    public void Decode_Animation_IsRefused()
    {
        var fault = Fails(HandMadeWebp.Animate(WebpEncoder.EncodeLossless(Pictures.Gradient(8, 6), 8, 6), 8, 6));
        Assert.Equal(ImageFault.Animated, fault.Fault);
        Assert.Contains("animated WebP", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Decode_CutOff_IsTruncated(double part)
    {
        foreach (var webp in new[] { WebpEncoder.Encode(Pictures.Gradient(90, 90), 90, 90), WebpEncoder.EncodeLossless(Pictures.Gradient(90, 90), 90, 90) })
        {
            var cut = webp[..Math.Max(12, (int)(webp.Length * part))];
            Assert.Equal(ImageFault.Truncated, Fails(cut).Fault);

            // Whoever cut it may have corrected the size that the file tells.
            HandMadeWebp.MendSize(cut);
            Assert.Contains(Fails(cut).Fault, (ImageFault[])[ImageFault.Truncated, ImageFault.Corrupt]);
        }
    }

    [Fact]
    public void Decode_NoPicture_IsCorrupt()
    {
        byte[] webp = [.. "RIFF\0\0\0\0WEBPEXIF\u0004\0\0\0abcd"u8];
        HandMadeWebp.MendSize(webp);
        Assert.Equal(ImageFault.Corrupt, Fails(webp).Fault);
    }

    [Fact]
    public void Decode_HeaderOfHugePicture_IsRefused()
    {
        var webp = WebpEncoder.Encode(Pictures.Gradient(16, 16), 16, 16);
        (webp[26], webp[27], webp[28], webp[29]) = (0xFF, 0x3F, 0xFF, 0x3F);
        Assert.Equal(ImageFault.TooLarge, Fails(webp).Fault);
        webp[29] = 0x0F; // 67 megapixels: allowed, but not in so few bytes
        var fault = Fails(webp);
        Assert.Equal(ImageFault.Truncated, fault.Fault);
        Assert.Contains("cannot hold", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_WrongLength_Throws()
    {
        Assert.Throws<ArgumentException>(() => WebpEncoder.Encode(new byte[10], 2, 2));
        Assert.Throws<ArgumentException>(() => WebpEncoder.EncodeLossless(new byte[8], 2, 2));
    }

    [Fact]
    public void Encode_TooLargeForTheFormat_Throws() =>
        Assert.Throws<InvalidOperationException>(() => WebpEncoder.Encode(new byte[16384 * 3], 16384, 1));

    private ImageDecodeException Fails(byte[] bytes) => Assert.Throws<ImageDecodeException>(() => _decoder.Decode(bytes, _image));
}
