using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Lockstep.Node.Tests.Images;

/// <summary>Writes PNG files of any colour type and depth, without libpng.</summary>
internal static class HandMadePng
{
    private const int SignatureBytes = 8;

    // Adam7: first column and row of a pass, and its steps.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="colorType">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
    /// <param name="row">The packed bytes of every row.</param>
    /// <param name="palette">RGB triplets of colour type 3.</param>
    public static byte[] Write(int width, int height, int depth, int colorType, byte[] row, byte[]? palette = null) =>
        Assemble(Header(width, height, depth, colorType, interlaced: false), Enumerable.Repeat(row, height), palette, CompressionLevel.Fastest);

    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="depth">Bits a sample.</param>
    /// <param name="colorType">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
    /// <param name="pixel">The samples of the pixel at (x, y), each below 2^depth.</param>
    /// <param name="interlaced">In seven passes.</param>
    /// <param name="palette">RGB triplets of colour type 3.</param>
    /// <param name="level">Without compression the samples stand in the file as they are.</param>
    public static byte[] Write(int width, int height, int depth, int colorType, Func<int, int, int[]> pixel, bool interlaced, byte[]? palette = null,
        CompressionLevel level = CompressionLevel.Fastest)
    {
        var rows = new List<byte[]>();
        foreach (var (left, top, stepX, stepY) in interlaced ? s_passes : [(0, 0, 1, 1)])
        {
            if (left >= width) continue;
            for (var y = top; y < height; y += stepY)
                rows.Add(Pack(Enumerable.Range(0, (width - left + stepX - 1) / stepX).SelectMany(i => pixel(left + i * stepX, y)), depth));
        }
        return Assemble(Header(width, height, depth, colorType, interlaced), rows, palette, level);
    }

    /// <summary>The same file with a chunk more before the first one of a type.</summary>
    public static byte[] Insert(byte[] png, string before, string type, byte[] data)
    {
        var at = Chunks(png).First(start => Encoding.ASCII.GetString(png, start + 4, 4) == before);
        return [.. png[..at], .. Chunk(type, data), .. png[at..]];
    }

    /// <summary>Where chunks begin.</summary>
    public static IReadOnlyList<int> Chunks(byte[] png)
    {
        var starts = new List<int>();
        for (var at = SignatureBytes; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12) break;
            starts.Add(at);
            at += 12 + (int)length;
        }
        return starts;
    }

    /// <summary>Makes the checksums of all chunks right.</summary>
    public static void MendChecksums(byte[] png)
    {
        foreach (var start in Chunks(png))
        {
            var end = start + 8 + BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(start));
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(end), Crc(png.AsSpan(start + 4, end - start - 4)));
        }
    }

    private static byte[] Assemble(byte[] header, IEnumerable<byte[]> packed, byte[]? palette, CompressionLevel level)
    {
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, level, leaveOpen: true))
        {
            foreach (var row in packed)
            {
                zlib.WriteByte(0); // no filter
                zlib.Write(row);
            }
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR", header),
            .. palette is null ? [] : Chunk("PLTE", palette), .. Chunk("IDAT", rows.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Pack(IEnumerable<int> samples, int depth)
    {
        if (depth == 16) return [.. samples.SelectMany(s => new[] { (byte)(s >> 8), (byte)s })];
        var (bytes, bits, filled) = (new List<byte>(), 0, 0);
        foreach (var sample in samples)
        {
            bits = bits << depth | sample;
            if ((filled += depth) != 8) continue;
            bytes.Add((byte)bits);
            (bits, filled) = (0, 0);
        }
        if (filled > 0) bytes.Add((byte)(bits << 8 - filled));
        return [.. bytes];
    }

    private static byte[] Header(int width, int height, int depth, int colorType, bool interlaced)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colorType, (byte)(interlaced ? 1 : 0));
        return header;
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
