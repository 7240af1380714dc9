namespace Lockstep.Node.Tests.Images;

/// <summary>Writes EXIF blocks.</summary>
internal static class HandMadeExif
{
    /// <summary>A directory of three tags, the orientation in the middle.</summary>
    /// <param name="orientation">Value of tag 274.</param>
    /// <param name="little">Byte order II; MM otherwise.</param>
    /// <param name="type">TIFF type of the value: 1 BYTE, 3 SHORT, 4 LONG.</param>
    public static byte[] Write(int orientation, bool little = true, int type = 3)
    {
        byte[] value = type switch
        {
            1 => [(byte)orientation, 0, 0, 0],
            3 => [.. Number(orientation, 2), 0, 0],
            _ => Number(orientation, 4),
        };
        return [.. little ? "II"u8 : "MM"u8, .. Number(42, 2), .. Number(8, 4), .. Number(3, 2),
            .. Number(256, 2), .. Number(3, 2), .. Number(1, 4), .. Number(7, 2), 0, 0,
            .. Number(274, 2), .. Number(type, 2), .. Number(1, 4), .. value,
            .. Number(282, 2), .. Number(5, 2), .. Number(1, 4), .. Number(200, 4), .. Number(0, 4)];

        byte[] Number(int number, int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)(number >> 8 * (little ? i : bytes - 1 - i)))];
    }

    /// <summary>The same with the six bytes that come before it in a JPEG.</summary>
    public static byte[] WriteWithName(int orientation, bool little = true) => [.. "Exif\0\0"u8, .. Write(orientation, little)];
}
