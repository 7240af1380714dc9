using Lockstep.Node.Data.Inspection;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Images;

namespace Lockstep.Node.Tests.Data.Inspection;

/// <summary>Good files, and at least one of every kind of bad one.</summary>
internal static class BadImages
{
    private const int Side = 40;

    /// <summary>Different pictures that nothing is to be said of, in all three formats.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Good()
    {
        for (var i = 0; i < 6; i++)
        {
            var rgb = Pictures.Gradient(Side + i, Side);
            yield return ($"good/{i}.jpg", JpegEncoder.EncodeRgb(rgb, Side + i, Side, progressive: i % 2 == 0));
            yield return ($"good/{i}.png", PngEncoder.Encode(rgb, Side + i, Side, PngPixels.Rgb));
            yield return ($"good/{i}.webp", WebpEncoder.Encode(rgb, Side + i, Side));
        }
        yield return ("good/grey.JPEG", JpegEncoder.EncodeGrey(new byte[Side * Side], Side, Side));
    }

    /// <summary>The files of <see cref="Good"/> do not have these bytes. The file of kind Unreadable is to be deleted once it is listed.</summary>
    public static IEnumerable<(string Name, byte[] Bytes, FindingKind Kind, string Reason)> Bad()
    {
        var rgb = Pictures.Gradient(Side, Side + 9);
        var (jpeg, png, webp) = (JpegEncoder.EncodeRgb(rgb, Side, Side + 9), PngEncoder.Encode(rgb, Side, Side + 9, PngPixels.Rgb), WebpEncoder.EncodeLossless(rgb, Side, Side + 9));
        var frame = HandMadeJpeg.DataOf(jpeg, HandMadeJpeg.Frame);
        yield return ("bad/gone.jpg", [], FindingKind.Unreadable, "gone.jpg");
        yield return ("bad/empty.png", [], FindingKind.Empty, "the file is empty");
        yield return ("bad/text.jpg", "no picture"u8.ToArray(), FindingKind.NotAnImage, "not a JPEG, PNG or WebP");
        yield return ("bad/page.webp", "<html>404</html>"u8.ToArray(), FindingKind.NotAnImage, "HTML");
        yield return ("bad/gif.jpg", "GIF89a..."u8.ToArray(), FindingKind.NotAnImage, "a GIF");
        yield return ("bad/cut.jpg", jpeg[..(jpeg.Length / 2)], FindingKind.Truncated, "truncated JPEG");
        yield return ("bad/cut.png", png[..(png.Length / 2)], FindingKind.Truncated, "truncated PNG");
        yield return ("bad/cut.webp", webp[..(webp.Length / 2)], FindingKind.Truncated, "truncated WebP");
        yield return ("bad/bit.png", Changed(png, png.Length / 2, (byte)(png[png.Length / 2] ^ 4)), FindingKind.Corrupt, "corrupt PNG");
        yield return ("bad/zero-size.jpg", Changed(Changed(jpeg, frame + 1, 0), frame + 2, 0), FindingKind.Corrupt, "40 x 0 pixels");
        yield return ("bad/huge.png", HandMadePng.Write(60_000, 60_000, 8, 2, []), FindingKind.TooLarge, "60000 x 60000");
        yield return ("bad/moving.webp", HandMadeWebp.Animate(webp, Side, Side + 9), FindingKind.Animated, "animated WebP");
        yield return ("bad/twelve.jpg", Changed(jpeg, frame, 12), FindingKind.Unsupported, "12 bits");
        yield return ("odd/cmyk.jpg", JpegEncoder.EncodeCmyk(new byte[Side * Side * 4], Side, Side), FindingKind.Cmyk, "CMYK");
        yield return ("odd/deep.png", HandMadePng.Write(Side, Side, 16, 0, new byte[Side * 2]), FindingKind.SixteenBit, "16 bits");
        yield return ("odd/lying.jpg", HandMadeJpeg.Insert(jpeg, HandMadeJpeg.App1, HandMadeExif.WriteWithName(6)), FindingKind.Turned, "EXIF orientation 6");
        yield return ("odd/moving.png", HandMadePng.Insert(png, "IDAT", "acTL", [0, 0, 0, 2, 0, 0, 0, 0]), FindingKind.FirstPicture, "first picture");
        yield return ("odd/small.png", PngEncoder.Encode(new byte[15 * Side * 3], 15, Side, PngPixels.Rgb), FindingKind.Tiny, "15 x 40");
        yield return ("odd/renamed.jpg", HandMadePng.Insert(png, "IEND", "tEXt", "a\0b"u8.ToArray()), FindingKind.WrongExtension, "a PNG");
        yield return ("odd/twin.jpg", JpegEncoder.EncodeRgb(Pictures.Gradient(Side, Side), Side, Side, progressive: true), FindingKind.Duplicate, "'good/0.jpg', which is of another class");
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }
}
