namespace Lockstep.Models.Weights.Pth;

/// <summary>The checksum of zip files: CRC-32 of the reflected polynomial 0xEDB88320, four bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>Goes on from an earlier checksum; begins with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var (t0, t1, t2, t3) = (Tables[0], Tables[1], Tables[2], Tables[3]);
        var state = ~checksum;
        while (bytes.Length >= 4)
        {
            state ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            state = t3[state & 0xFF] ^ t2[state >> 8 & 0xFF] ^ t1[state >> 16 & 0xFF] ^ t0[state >> 24];
            bytes = bytes[4..];
        }
        foreach (var b in bytes) state = t0[(state ^ b) & 0xFF] ^ state >> 8;
        return ~state;
    }

    // Tables[k][b]: what byte b does to the state k bytes later.
    private static uint[][] MakeTables()
    {
        uint[][] tables = [new uint[256], new uint[256], new uint[256], new uint[256]];
        for (uint b = 0; b < 256; b++)
        {
            var state = b;
            for (var bit = 0; bit < 8; bit++) state = state >> 1 ^ ((state & 1) != 0 ? 0xEDB88320 : 0);
            tables[0][b] = state;
        }
        for (var k = 1; k < 4; k++)
            for (var b = 0; b < 256; b++) tables[k][b] = tables[0][tables[k - 1][b] & 0xFF] ^ tables[k - 1][b] >> 8;
        return tables;
    }
}
