using System.Runtime.InteropServices;
using Lockstep.Protos;

namespace Lockstep.Node.Data.Index;

/// <summary>Reads numbers as they lie in memory (little-endian) and sums CRC-32C over them.</summary>
internal sealed class CheckedReader(Stream stream)
{
    private const int PieceBytes = 1 << 20; // is summed while it is in the cache
    private uint _state = Crc32C.Start;

    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public void Read<T>(Span<T> into) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(into);
        while (bytes.Length > 0)
        {
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            stream.ReadExactly(piece);
            _state = Crc32C.Append(_state, piece);
            bytes = bytes[piece.Length..];
        }
    }

    public T[] ReadArray<T>(int length) where T : unmanaged
    {
        var array = GC.AllocateUninitializedArray<T>(length);
        Read(array.AsSpan());
        return array;
    }

    /// <summary>Reads a checksum and compares it with the sum so far.</summary>
    public bool ChecksumHolds()
    {
        var expected = Crc32C.Finish(_state);
        Span<uint> found = [0];
        Read(found);
        return found[0] == expected;
    }
}
