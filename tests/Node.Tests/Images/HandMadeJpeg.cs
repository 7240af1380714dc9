using System.Buffers.Binary;

namespace Lockstep.Node.Tests.Images;

/// <summary>Changes the marker segments of JPEG files.</summary>
internal static class HandMadeJpeg
{
    public const byte App0 = 0xE0, App1 = 0xE1, App2 = 0xE2, App14 = 0xEE, Frame = 0xC0;

    /// <summary>The same file with a segment more, before all others.</summary>
    public static byte[] Insert(byte[] jpeg, byte marker, byte[] data)
    {
        byte[] segment = [0xFF, marker, 0, 0, .. data];
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(data.Length + 2));
        return [.. jpeg[..2], .. segment, .. jpeg[2..]];
    }

    /// <summary>The same file without the segments of a marker.</summary>
    public static byte[] Remove(byte[] jpeg, byte marker)
    {
        var starts = Segments(jpeg);
        byte[] result = jpeg[..2];
        for (var i = 0; i < starts.Count; i++)
            if (jpeg[starts[i] + 1] != marker) result = [.. result, .. jpeg[starts[i]..(i + 1 < starts.Count ? starts[i + 1] : jpeg.Length)]];
        return result;
    }

    /// <summary>Where the data of the first segment of a marker begins.</summary>
    public static int DataOf(byte[] jpeg, byte marker) => Segments(jpeg).First(start => jpeg[start + 1] == marker) + 4;

    /// <summary>Where segments begin, up to and with the first scan.</summary>
    public static IReadOnlyList<int> Segments(byte[] jpeg)
    {
        var starts = new List<int>();
        for (var at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xFF;)
        {
            starts.Add(at);
            if (jpeg[at + 1] == 0xDA) break;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
        }
        return starts;
    }
}
