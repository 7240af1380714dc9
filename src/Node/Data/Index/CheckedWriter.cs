using System.Runtime.InteropServices;
using Lockstep.Protos;

namespace Lockstep.Node.Data.Index;

/// <summary>Writes numbers as they lie in memory (little-endian) and sums CRC-32C over them.</summary>
internal sealed class CheckedWriter(Stream stream)
{
    private uint _state = Crc32C.Start;

    public void Write<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        stream.Write(bytes);
        _state = Crc32C.Append(_state, bytes);
    }

    /// <summary>Writes the checksum of all before.</summary>
    public void WriteChecksum() => Write<uint>([Crc32C.Finish(_state)]);
}
