using System.Buffers.Binary;

namespace Lockstep.Node.Images;

/// <summary>The marker segments of a JPEG up to its first scan (ITU-T T.81, annex B).</summary>
internal static class JpegHeader
{
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, App1 = 0xE1, App2 = 0xE2;

    /// <returns>False if there is no frame header of 1, 3 or 4 components before the first scan.</returns>
    public static bool TryRead(ReadOnlySpan<byte> jpeg, out ImageInfo info)
    {
        info = default;
        var (found, orientation, hasProfile) = (false, 0, false);
        for (var rest = jpeg[2..]; TryNextMarker(ref rest, out var marker) && marker is not (StartOfScan or EndOfImage);)
        {
            if (marker is 0x01 or >= 0xD0 and <= 0xD8) continue; // these have no segment
            if (rest.Length < 2) break;
            var length = Math.Max((int)BinaryPrimitives.ReadUInt16BigEndian(rest), 2); // itself included; libjpeg takes less for that
            if (length > rest.Length) break;
            var segment = rest[2..length];
            rest = rest[length..];

            if (marker == App1 && orientation == 0 && segment.StartsWith("Exif\0\0"u8)) orientation = ExifOrientation.Read(segment);
            if (marker == App2 && segment.StartsWith("ICC_PROFILE\0"u8)) hasProfile = true;
            if (IsFrame(marker) && !found) found = TryReadFrame(marker, segment, out info);
        }
        info = info with { Orientation = Math.Max(orientation, ExifOrientation.Upright), HasColorProfile = hasProfile };
        return found;
    }

    // Stray bytes before a marker are skipped, as libjpeg does; any number of 0xFF may come before its code.
    private static bool TryNextMarker(ref ReadOnlySpan<byte> rest, out byte marker)
    {
        for (marker = 0; marker == 0;)
        {
            var at = rest.IndexOf((byte)0xFF);
            if (at < 0) return false;
            rest = rest[at..].TrimStart((byte)0xFF);
            if (rest.IsEmpty) return false;
            marker = rest[0];
            rest = rest[1..];
        }
        return true;
    }

    // SOF0 to SOF15; C4, C8 and CC are tables and a reserved code.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static bool TryReadFrame(byte marker, ReadOnlySpan<byte> frame, out ImageInfo info)
    {
        info = default;
        if (frame.Length < 6 || frame[5] is not (1 or 3 or 4)) return false;
        info = new ImageInfo
        {
            Format = ImageFormat.Jpeg,
            BitsPerSample = frame[0],
            Height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]),
            Width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]),
            Mode = frame[5] switch { 1 => PixelMode.Grey, 3 => PixelMode.Rgb, _ => PixelMode.Cmyk },
            Coding = marker switch
            {
                0xC0 or 0xC1 => ImageCoding.Baseline,
                0xC2 => ImageCoding.Progressive,
                0xC9 or 0xCA => ImageCoding.Arithmetic,
                _ => ImageCoding.OtherJpeg,
            },
        };
        return true;
    }
}
