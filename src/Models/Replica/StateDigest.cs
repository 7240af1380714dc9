using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lockstep.Models.Replica;

/// <summary>SHA-256 of flat buffers: the hash of the hashes of every 4 MiB block, so that blocks can be hashed side by side.</summary>
public static class StateDigest
{
    private const int BlockBytes = 4 << 20;

    /// <summary>Digest of one buffer, 64 hexadecimal characters.</summary>
    public static string Of(FlatBuffer buffer) => Convert.ToHexStringLower(SHA256.HashData(BlockHashes(buffer)));

    /// <summary>Digest of a copy of one buffer.</summary>
    public static string Of(float[] copy) => Convert.ToHexStringLower(SHA256.HashData(BlockHashes(copy)));

    /// <summary>The hashes of a buffer's blocks, end to end.</summary>
    internal static byte[] BlockHashes(FlatBuffer buffer) => BlockHashes(buffer.Layout.Length, () => buffer.Span);

    internal static byte[] BlockHashes(float[] copy) => BlockHashes(copy.Length, () => copy);

    private static byte[] BlockHashes(long floats, Func<Span<float>> data)
    {
        var blocks = (int)((floats * sizeof(float) + BlockBytes - 1) / BlockBytes);
        var hashes = new byte[blocks * SHA256.HashSizeInBytes];
        Parallel.For(0, blocks, block =>
        {
            var bytes = MemoryMarshal.AsBytes(data());
            var start = block * BlockBytes;
            var slice = bytes.Slice(start, Math.Min(BlockBytes, bytes.Length - start));
            SHA256.HashData(slice, hashes.AsSpan(block * SHA256.HashSizeInBytes));
        });
        return hashes;
    }
}
