using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

/// <summary>Every colour type, depth and interlacing of the PNG standard, written by hand, pixel by pixel.</summary>
public sealed class PngKindsTests
{
    private const int Width = 19, Height = 13;

    private readonly DecodedImage _image = new();

    public static TheoryData<int, int, bool> Kinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        foreach (var (colorType, depths) in new (int, int[])[] { (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
            foreach (var depth in depths)
                foreach (var interlaced in new[] { false, true }) kinds.Add(colorType, depth, interlaced);
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_EveryKind_HasTheWrittenPixels(int colorType, int depth, bool interlaced)
    {
        var palette = colorType == 3 ? Palette(1 << depth) : null;
        var tolerance = depth == 16 && (interlaced || colorType > 3) ? 1 : 0; // these go through linear light
        PngDecoder.Decode(HandMadePng.Write(Width, Height, depth, colorType, Sample, interlaced, palette), _image);

        Assert.Equal((Width, Height), (_image.Width, _image.Height));
        for (var i = 0; i < Width * Height; i++)
            Assert.InRange(Pictures.LargestDifference(Seen(Sample(i % Width, i / Width)), _image.Pixels.Slice(i * 3, 3)), 0, tolerance);

        // Opaque or wholly transparent.
        int[] Sample(int x, int y)
        {
            var most = (1 << depth) - 1;
            int Value(int channel) => (int)((uint)(x * 7 + y * 13 + channel * 5) * 2654435761 >> 16) & most;
            var opacity = (x + y) % 3 == 0 ? 0 : most;
            return colorType switch
            {
                2 => [Value(0), Value(1), Value(2)],
                4 => [Value(0), opacity],
                6 => [Value(0), Value(1), Value(2), opacity],
                _ => [Value(0)],
            };
        }

        byte[] Seen(int[] s) => colorType switch
        {
            0 => [Byte(s[0]), Byte(s[0]), Byte(s[0])],
            2 => [Byte(s[0]), Byte(s[1]), Byte(s[2])],
            3 => palette![(s[0] * 3)..(s[0] * 3 + 3)],
            4 => s[1] == 0 ? [255, 255, 255] : [Byte(s[0]), Byte(s[0]), Byte(s[0])],
            _ => s[3] == 0 ? [255, 255, 255] : [Byte(s[0]), Byte(s[1]), Byte(s[2])],
        };

        byte Byte(int sample) => (byte)Math.Round(sample * 255.0 / ((1 << depth) - 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Decode_TransparentPaletteEntry_IsWhite(int depth)
    {
        var png = HandMadePng.Write(4, 2, depth, 3, (x, _) => [x % 2], interlaced: false, Palette(1 << depth));
        PngDecoder.Decode(HandMadePng.Insert(png, "IDAT", "tRNS", [255, 0]), _image);
        var first = Palette(1 << depth)[..3];
        Assert.Equal((byte[])[.. first, 255, 255, 255, .. first, 255, 255, 255], _image.Pixels[..12]);
    }

    [Theory]
    [InlineData(0, new byte[] { 0, 7 }, new byte[] { 255, 255, 255, 9, 9, 9 })]
    [InlineData(2, new byte[] { 0, 7, 0, 7, 0, 7 }, new byte[] { 255, 255, 255, 9, 9, 9 })]
    public void Decode_TransparentColour_IsWhite(int colorType, byte[] transparent, byte[] seen)
    {
        var channels = colorType == 0 ? 1 : 3;
        var png = HandMadePng.Write(2, 1, 8, colorType, (x, _) => [.. Enumerable.Repeat(x == 0 ? 7 : 9, channels)], interlaced: false);
        PngDecoder.Decode(HandMadePng.Insert(png, "IDAT", "tRNS", transparent), _image);
        Assert.Equal(seen, _image.Pixels);
    }

    [Fact]
    public void Decode_AnimatedPng_IsItsFirstPicture()
    {
        var png = HandMadePng.Write(3, 2, 8, 2, (x, y) => [x, y, 9], interlaced: false);
        PngDecoder.Decode(HandMadePng.Insert(png, "IDAT", "acTL", [0, 0, 0, 2, 0, 0, 0, 0]), _image);
        Assert.Equal((byte[])[0, 0, 9, 1, 0, 9, 2, 0, 9, 0, 1, 9, 1, 1, 9, 2, 1, 9], _image.Pixels);
    }

    [Theory]
    [InlineData("IDAT")]
    [InlineData("IEND")]
    public void Decode_Exif_IsTurned(string before)
    {
        var rgb = Pictures.Gradient(9, 5);
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var png = HandMadePng.Insert(PngEncoder.Encode(rgb, 9, 5, PngPixels.Rgb), before, "eXIf", HandMadeExif.Write(orientation, little: orientation % 2 == 0));
            PngDecoder.Decode(png, _image);
            var expected = Pictures.FromRgb(rgb, 9, 5);
            expected.Orient(orientation);
            Assert.Equal((expected.Width, expected.Height), (_image.Width, _image.Height));
            Assert.Equal(expected.Pixels, _image.Pixels);
        }
    }

    [Fact]
    public void Decode_InterlacedSixteenBits_KeepsNoBuffer()
    {
        const int Side = 300;
        var png = HandMadePng.Write(Side, Side, 16, 2, (x, y) => [x, y, x], interlaced: true);
        PngDecoder.Decode(png, _image);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PngDecoder.Decode(png, _image);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Side * Side * 8, 2 * Side * Side * 8); // 800 MB of a large one must not stay in a pool
    }

    [Fact]
    public void Decode_HeaderOfMoreThanTheBytesCanHold_IsRefused()
    {
        var fault = Assert.Throws<ImageDecodeException>(() => PngDecoder.Decode(HandMadePng.Write(9000, 9000, 8, 2, []), _image));
        Assert.Equal(ImageFault.Truncated, fault.Fault);
        Assert.Contains("cannot hold", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_FlatPicture_FitsTheBoundOfItsBytes()
    {
        // Deflate at its best: the bound must not refuse what can be written.
        var png = HandMadePng.Write(4000, 4000, 8, 2, new byte[4000 * 3]);
        PngDecoder.Decode(png, _image);
        Assert.Equal(4000 * 4000 * 3, _image.Pixels.Length);
        Assert.False(_image.Pixels.ContainsAnyExcept((byte)0));
    }

    private static byte[] Palette(int entries) => [.. Enumerable.Range(0, entries * 3).Select(i => (byte)(i * 37 + 11))];
}
