using System.Buffers.Binary;
using System.Text;

namespace Lockstep.Node.Tests.Images;

/// <summary>Writes WebP containers around pictures that libwebp has coded.</summary>
internal static class HandMadeWebp
{
    public const byte Animation = 0x02, Exif = 0x08, Alpha = 0x10, Profile = 0x20;

    private const int RiffBytes = 12;

    /// <summary>The extended form of a plain file: VP8X, chunks before the picture, the picture, chunks after it.</summary>
    public static byte[] Extend(byte[] plain, int width, int height, byte flags, (string Type, byte[] Data)[] before, (string Type, byte[] Data)[] after)
    {
        byte[] size = [flags, 0, 0, 0, .. Size24(width - 1), .. Size24(height - 1)];
        return Riff([.. Chunk("VP8X", size), .. before.SelectMany(c => Chunk(c.Type, c.Data)), .. plain[RiffBytes..], .. after.SelectMany(c => Chunk(c.Type, c.Data))]);
    }

    public static byte[] WithExif(byte[] plain, int width, int height, byte[] exif, byte flags = Exif) =>
        Extend(plain, width, height, flags, [], [("EXIF", exif)]);

    /// <summary>An animation of the same picture, twice.</summary>
    public static byte[] Animate(byte[] plain, int width, int height)
    {
        byte[] frame = [0, 0, 0, 0, 0, 0, .. Size24(width - 1), .. Size24(height - 1), 100, 0, 0, 0, .. plain[RiffBytes..]];
        byte[] size = [Animation, 0, 0, 0, .. Size24(width - 1), .. Size24(height - 1)];
        return Riff([.. Chunk("VP8X", size), .. Chunk("ANIM", [0, 0, 0, 0, 0, 0]), .. Chunk("ANMF", frame), .. Chunk("ANMF", frame)]);
    }

    /// <summary>Where chunks begin.</summary>
    public static IReadOnlyList<int> Chunks(byte[] webp)
    {
        var starts = new List<int>();
        for (var at = RiffBytes; at + 8 <= webp.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(webp.AsSpan(at + 4));
            if (length > webp.Length - at - 8) break;
            starts.Add(at);
            at += 8 + (int)(length + (length & 1));
        }
        return starts;
    }

    /// <summary>Makes the size in the file's first chunk right.</summary>
    public static void MendSize(byte[] webp)
    {
        if (webp.Length >= RiffBytes) BinaryPrimitives.WriteInt32LittleEndian(webp.AsSpan(4), webp.Length - 8);
    }

    private static byte[] Riff(byte[] chunks)
    {
        byte[] webp = [.. "RIFF\0\0\0\0WEBP"u8, .. chunks];
        MendSize(webp);
        return webp;
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] chunk = [.. Encoding.ASCII.GetBytes(type), 0, 0, 0, 0, .. data];
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), data.Length);
        return data.Length % 2 == 0 ? chunk : [.. chunk, 0];
    }

    private static byte[] Size24(int number) => [(byte)number, (byte)(number >> 8), (byte)(number >> 16)];
}
