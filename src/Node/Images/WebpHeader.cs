using System.Buffers.Binary;

namespace Lockstep.Node.Images;

/// <summary>The RIFF chunks of a WebP (RFC 9649): one of VP8, VP8L, or VP8X with further ones behind it.</summary>
internal static class WebpHeader
{
    private const int RiffBytes = 12;
    private const byte AnimationFlag = 0x02, AlphaFlag = 0x10;

    /// <summary>Bytes that the file says it has.</summary>
    public static long AnnouncedBytes(ReadOnlySpan<byte> webp) => 8L + BinaryPrimitives.ReadUInt32LittleEndian(webp[4..]);

    /// <returns>False if no chunk tells the size.</returns>
    public static bool TryRead(ReadOnlySpan<byte> webp, out ImageInfo info)
    {
        info = default;
        var rest = webp[RiffBytes..];
        if (!TryNextChunk(ref rest, out var type, out var data)) return false;
        if (!type.SequenceEqual("VP8X"u8)) return TryReadPicture(type, data, out info);
        if (data.Length < 10) return false;

        var animated = (data[0] & AnimationFlag) != 0;
        var (orientation, hasProfile, coding) = (ExifOrientation.Upright, false, ImageCoding.Frames);
        var (width, height, alpha) = (1 + Size24(data[4..]), 1 + Size24(data[7..]), (data[0] & AlphaFlag) != 0);
        while (TryNextChunk(ref rest, out type, out data))
        {
            if (type.SequenceEqual("EXIF"u8)) orientation = ExifOrientation.Read(data);
            else if (type.SequenceEqual("ICCP"u8)) hasProfile = true;
            else if (TryReadPicture(type, data, out var picture))
            {
                coding = picture.Coding;
                alpha |= picture.Mode == PixelMode.RgbAlpha;
            }
        }
        info = Picture(coding, width, height, alpha) with { Animated = animated, Orientation = orientation, HasColorProfile = hasProfile };
        return true;
    }

    private static bool TryReadPicture(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, out ImageInfo info)
    {
        info = default;
        if (type.SequenceEqual("VP8 "u8) && data.Length >= 10 && data[3..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]))
        {
            var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]), BinaryPrimitives.ReadUInt16LittleEndian(data[8..]));
            info = Picture(ImageCoding.Vp8, width & 0x3FFF, height & 0x3FFF, false);
            return true;
        }
        if (type.SequenceEqual("VP8L"u8) && data.Length >= 5 && data[0] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
            info = Picture(ImageCoding.Vp8Lossless, 1 + (int)(bits & 0x3FFF), 1 + (int)(bits >> 14 & 0x3FFF), (bits >> 28 & 1) != 0);
            return true;
        }
        return false;
    }

    private static ImageInfo Picture(ImageCoding coding, int width, int height, bool alpha) => new()
    {
        Format = ImageFormat.Webp,
        Width = width,
        Height = height,
        Mode = alpha ? PixelMode.RgbAlpha : PixelMode.Rgb,
        BitsPerSample = 8,
        Coding = coding,
        Orientation = ExifOrientation.Upright,
    };

    // A chunk that is cut off is given as far as it goes: the sizes stand at its start.
    private static bool TryNextChunk(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = data = default;
        if (rest.Length < 8) return false;
        var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), (uint)rest.Length - 8);
        type = rest[..4];
        data = rest.Slice(8, length);
        rest = rest[Math.Min(8 + length + (length & 1), rest.Length)..];
        return true;
    }

    private static int Size24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
