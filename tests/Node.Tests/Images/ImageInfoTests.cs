using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class ImageInfoTests
{
    private static readonly byte[] s_rgb = Pictures.Gradient(12, 8);

    [Fact]
    public void TryRead_Jpegs_TellTheirKind()
    {
        Equal(Read(JpegEncoder.EncodeRgb(s_rgb, 12, 8)), ImageFormat.Jpeg, ImageCoding.Baseline, PixelMode.Rgb, 8);
        Equal(Read(JpegEncoder.EncodeRgb(s_rgb, 12, 8, progressive: true)), ImageFormat.Jpeg, ImageCoding.Progressive, PixelMode.Rgb, 8);
        Equal(Read(JpegEncoder.EncodeGrey(new byte[96], 12, 8)), ImageFormat.Jpeg, ImageCoding.Baseline, PixelMode.Grey, 8);
        Equal(Read(JpegEncoder.EncodeCmyk(new byte[384], 12, 8)), ImageFormat.Jpeg, ImageCoding.Baseline, PixelMode.Cmyk, 8);
        Assert.Equal(ImageCoding.Arithmetic, Read(ArithmeticJpeg.Bytes).Coding);
    }

    [Fact]
    public void TryRead_JpegSegments_AreSeen()
    {
        var jpeg = HandMadeJpeg.Insert(JpegEncoder.EncodeRgb(s_rgb, 12, 8), HandMadeJpeg.App2, [.. "ICC_PROFILE\0"u8, 1, 1]);
        var info = Read(HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App1, HandMadeExif.WriteWithName(8)));
        Assert.True(info.HasColorProfile);
        Assert.Equal((8, 8, 12), (info.Orientation, info.UprightWidth, info.UprightHeight));
    }

    [Fact]
    public void TryRead_JpegWithStrayBytesAndFill_FindsTheFrame()
    {
        var jpeg = JpegEncoder.EncodeRgb(s_rgb, 12, 8);
        Assert.Equal(12, Read([0xFF, 0xD8, 0xFF, 0, 1, 2, 0xFF, 0xFF, .. jpeg[2..]]).Width);
    }

    [Theory]
    [InlineData(0, 16, PixelMode.Grey)]
    [InlineData(2, 8, PixelMode.Rgb)]
    [InlineData(4, 8, PixelMode.GreyAlpha)]
    [InlineData(6, 16, PixelMode.RgbAlpha)]
    public void TryRead_Pngs_TellTheirKind(int colorType, int depth, PixelMode mode) =>
        Equal(Read(HandMadePng.Write(12, 8, depth, colorType, [])), ImageFormat.Png, ImageCoding.Deflate, mode, depth);

    [Fact]
    public void TryRead_PngChunks_AreSeen()
    {
        var png = HandMadePng.Write(12, 8, 4, 3, new byte[6], [1, 2, 3]);
        Equal(Read(png), ImageFormat.Png, ImageCoding.Deflate, PixelMode.Palette, 4);
        foreach (var (type, data) in new (string, byte[])[] { ("tRNS", [0]), ("iCCP", [65, 0, 0]), ("acTL", [0, 0, 0, 2, 0, 0, 0, 0]), ("eXIf", HandMadeExif.Write(5)) })
            png = HandMadePng.Insert(png, "IDAT", type, data);
        var info = Read(png);
        Equal(info, ImageFormat.Png, ImageCoding.Deflate, PixelMode.PaletteAlpha, 4);
        Assert.True(info.Animated && info.HasColorProfile);
        Assert.Equal((5, 8, 12), (info.Orientation, info.UprightWidth, info.UprightHeight));
    }

    [Fact]
    public void TryRead_Webps_TellTheirKind()
    {
        var plain = WebpEncoder.EncodeLossless(s_rgb, 12, 8);
        Equal(Read(WebpEncoder.Encode(s_rgb, 12, 8)), ImageFormat.Webp, ImageCoding.Vp8, PixelMode.Rgb, 8);
        Equal(Read(plain), ImageFormat.Webp, ImageCoding.Vp8Lossless, PixelMode.Rgb, 8);
        Equal(Read(WebpEncoder.EncodeLossless(new byte[12 * 8 * 4], 12, 8)), ImageFormat.Webp, ImageCoding.Vp8Lossless, PixelMode.RgbAlpha, 8);
        Equal(Read(WebpEncoder.Encode(new byte[12 * 8 * 4], 12, 8)), ImageFormat.Webp, ImageCoding.Vp8, PixelMode.RgbAlpha, 8);
        Assert.True(Read(HandMadeWebp.Animate(plain, 12, 8)).Animated);
        Assert.True(Read(HandMadeWebp.Extend(plain, 12, 8, HandMadeWebp.Profile, [("ICCP", [1])], [])).HasColorProfile);
        foreach (var exif in new[] { HandMadeExif.Write(7, little: false), HandMadeExif.WriteWithName(7) })
            Assert.Equal(7, Read(HandMadeWebp.WithExif(plain, 12, 8, exif)).Orientation);
    }

    [Fact]
    public void TryRead_CutOffAnywhere_NeverThrows()
    {
        var webp = HandMadeWebp.WithExif(WebpEncoder.Encode(s_rgb, 12, 8), 12, 8, HandMadeExif.Write(6));
        var png = HandMadePng.Insert(PngEncoder.Encode(s_rgb, 12, 8, PngPixels.Rgb), "IDAT", "eXIf", HandMadeExif.Write(6));
        var jpeg = HandMadeJpeg.Insert(JpegEncoder.EncodeRgb(s_rgb, 12, 8), HandMadeJpeg.App1, HandMadeExif.WriteWithName(6));
        foreach (var file in new[] { webp, png, jpeg })
        {
            for (var length = 0; length < file.Length; length++)
                if (ImageInfo.TryRead(file.AsSpan(0, length), out var info)) Assert.Equal((12, 8), (info.Width, info.Height));
            Assert.Equal(6, Read(file).Orientation);
        }
    }

    [Fact]
    public void TryRead_NoImage_IsFalse()
    {
        Assert.False(ImageInfo.TryRead([], out _));
        Assert.False(ImageInfo.TryRead("GIF89a"u8, out _));
        Assert.False(ImageInfo.TryRead([0xFF, 0xD8, 0xFF, 0xD9], out _));
    }

    private static ImageInfo Read(byte[] bytes)
    {
        Assert.True(ImageInfo.TryRead(bytes, out var info));
        return info;
    }

    private static void Equal(ImageInfo info, ImageFormat format, ImageCoding coding, PixelMode mode, int bits)
    {
        Assert.Equal((format, coding, mode, bits), (info.Format, info.Coding, info.Mode, info.BitsPerSample));
        Assert.Equal((12, 8), (info.Width, info.Height));
    }
}
