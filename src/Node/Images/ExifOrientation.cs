using System.Buffers.Binary;

namespace Lockstep.Node.Images;

/// <summary>
/// How a camera was held: EXIF (TIFF) tag 274. 1 upright, 2 mirrored, 3 upside down, 4 upside down and mirrored, 5 to 8
/// lying on a side. The first row of the stored picture is top, top, bottom, bottom, left, right, right, left of what was
/// seen; its first column left, right, right, left, top, top, bottom, bottom.
/// </summary>
public static class ExifOrientation
{
    /// <summary>As stored; also what anything absent, unknown or broken means.</summary>
    public const int Upright = 1;

    private const ushort Tag = 274;
    private const int EntryBytes = 12;

    // Rows of the source and columns of the target cannot both lie in a row: small squares keep both in the cache.
    private const int Tile = 32;

    /// <summary>True for the orientations that make a lying picture of a standing one.</summary>
    public static bool SwapsSides(int orientation) => orientation >= 5;

    /// <summary>Reads the orientation of an EXIF block; whatever the bytes are, the result is 1 to 8.</summary>
    /// <param name="exif">A TIFF file of either byte order, with or without "Exif\0\0" before it.</param>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        if (exif.StartsWith("Exif\0\0"u8)) exif = exif[6..];
        if (exif.Length < 8) return Upright;
        bool little;
        if (exif.StartsWith("II*\0"u8)) little = true;
        else if (exif.StartsWith("MM\0*"u8)) little = false;
        else return Upright;

        long directory = Word(exif[4..], little);
        if (directory + 2 > exif.Length) return Upright;
        var entries = exif[(int)directory..];
        int count = Half(entries, little);
        entries = entries[2..];
        for (var i = 0; i < count && entries.Length >= EntryBytes; i++, entries = entries[EntryBytes..])
        {
            if (Half(entries, little) != Tag) continue;
            uint value = Half(entries[2..], little) switch
            {
                1 => entries[8],                    // BYTE
                3 => Half(entries[8..], little),    // SHORT, as the standard has it
                4 => Word(entries[8..], little),    // LONG
                _ => Upright,
            };
            return value is >= Upright and <= 8 ? (int)value : Upright;
        }
        return Upright;
    }

    /// <summary>Writes a picture as it was seen.</summary>
    /// <param name="from">[height, width, 3], bytes, as stored.</param>
    /// <param name="width">Of the stored picture, pixels.</param>
    /// <param name="height">Of the stored picture, pixels.</param>
    /// <param name="orientation">1 to 8.</param>
    /// <param name="to">As many bytes elsewhere; [width, height, 3] for the orientations that swap sides.</param>
    internal static void Turn(ReadOnlySpan<byte> from, int width, int height, int orientation, Span<byte> to)
    {
        // Place of pixel (x, y) in the target: first + x * alongRow + y * alongColumn.
        var (first, alongRow, alongColumn) = orientation switch
        {
            2 => (width - 1, -1, width),
            3 => (width * height - 1, -1, -width),
            4 => (width * (height - 1), 1, -width),
            5 => (0, height, 1),
            6 => (height - 1, height, -1),
            7 => (width * height - 1, -height, -1),
            8 => (height * (width - 1), -height, 1),
            _ => (0, 1, width),
        };
        for (var top = 0; top < height; top += Tile)
        {
            for (var left = 0; left < width; left += Tile)
            {
                var (bottom, right) = (Math.Min(top + Tile, height), Math.Min(left + Tile, width));
                for (var y = top; y < bottom; y++)
                {
                    var source = (y * width + left) * 3;
                    var target = (first + left * alongRow + y * alongColumn) * 3;
                    for (var x = left; x < right; x++, source += 3, target += alongRow * 3)
                    {
                        to[target] = from[source];
                        to[target + 1] = from[source + 1];
                        to[target + 2] = from[source + 2];
                    }
                }
            }
        }
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Word(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
