using System.Buffers.Binary;

namespace Lockstep.Node.Images;

/// <summary>The chunks of a PNG; their checksums are the codec's affair. EXIF may come after the pixels, so all are visited.</summary>
internal static class PngHeader
{
    private const int SignatureBytes = 8, HeaderBytes = 13;

    /// <returns>False if the first chunk is no IHDR of a known colour type.</returns>
    public static bool TryRead(ReadOnlySpan<byte> png, out ImageInfo info)
    {
        info = default;
        var rest = png[SignatureBytes..];
        if (!TryNextChunk(ref rest, out var type, out var header) || !type.SequenceEqual("IHDR"u8) || header.Length != HeaderBytes) return false;
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        if (width > int.MaxValue || height > int.MaxValue || ModeOf(header[9]) is not { } mode) return false;

        var (orientation, hasProfile, animated, transparent) = (ExifOrientation.Upright, false, false, false);
        while (TryNextChunk(ref rest, out type, out var data) && !type.SequenceEqual("IEND"u8))
        {
            if (type.SequenceEqual("eXIf"u8)) orientation = ExifOrientation.Read(data);
            else if (type.SequenceEqual("iCCP"u8)) hasProfile = true;
            else if (type.SequenceEqual("acTL"u8)) animated = true;
            else if (type.SequenceEqual("tRNS"u8)) transparent = true;
        }
        info = new ImageInfo
        {
            Format = ImageFormat.Png,
            Width = (int)width,
            Height = (int)height,
            Mode = transparent ? WithAlpha(mode) : mode,
            BitsPerSample = header[8],
            Coding = ImageCoding.Deflate,
            Interlaced = header[12] != 0,
            Animated = animated,
            Orientation = orientation,
            HasColorProfile = hasProfile,
        };
        return true;
    }

    private static bool TryNextChunk(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = data = default;
        if (rest.Length < 12) return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - 12) return false;
        type = rest.Slice(4, 4);
        data = rest.Slice(8, (int)length);
        rest = rest[((int)length + 12)..];
        return true;
    }

    private static PixelMode? ModeOf(byte colorType) => colorType switch
    {
        0 => PixelMode.Grey,
        2 => PixelMode.Rgb,
        3 => PixelMode.Palette,
        4 => PixelMode.GreyAlpha,
        6 => PixelMode.RgbAlpha,
        _ => null,
    };

    private static PixelMode WithAlpha(PixelMode mode) => mode switch
    {
        PixelMode.Grey => PixelMode.GreyAlpha,
        PixelMode.Rgb => PixelMode.RgbAlpha,
        PixelMode.Palette => PixelMode.PaletteAlpha,
        _ => mode,
    };
}
