using System.Numerics;
using System.Runtime.InteropServices;

namespace Lockstep.Protos;

/// <summary>CRC-32C (Castagnoli), as in iSCSI (RFC 3720, B.4): a machine instruction on x86 and Arm.</summary>
public static class Crc32C
{
    /// <summary>State before the first byte.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>State after some more bytes.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) state = BitOperations.Crc32C(state, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) state = BitOperations.Crc32C(state, rest);
        return state;
    }

    /// <summary>The checksum that a state stands for.</summary>
    public static uint Finish(uint state) => ~state;

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Append(Start, bytes));
}
