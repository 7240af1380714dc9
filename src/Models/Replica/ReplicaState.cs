using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lockstep.Models.Replica;

/// <summary>
/// All that a step reads and writes: named flat buffers and the number of committed steps. Two replicas with equal
/// digests will compute equal steps.
/// </summary>
public sealed class ReplicaState : IDisposable
{
    private const int DigestBlockBytes = 4 << 20;
    private readonly Dictionary<string, FlatBuffer> _sections = new(StringComparer.Ordinal);

    /// <summary>A state of zeros at step 0.</summary>
    public ReplicaState(StateLayout layout)
    {
        Layout = layout;
        foreach (var (name, section) in layout.Sections) _sections.Add(name, new FlatBuffer(section));
    }

    public StateLayout Layout { get; }

    /// <summary>Committed steps so far; the step that comes next has this number.</summary>
    public long Step { get; set; }

    public FlatBuffer this[string section] => _sections[section];

    /// <summary>
    /// Hash of the whole state, 64 hexadecimal characters: SHA-256 over (step, then for each section the SHA-256 of every
    /// 4 MiB block in order).
    /// </summary>
    public string Digest()
    {
        var counts = Layout.Sections.Select(s => BlocksIn(_sections[s.Name])).ToArray();
        var hashes = new byte[8 + counts.Sum() * SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(hashes, Step);
        var first = 0;
        for (var s = 0; s < counts.Length; s++)
        {
            var buffer = _sections[Layout.Sections[s].Name];
            for (var block = 0; block < counts[s]; block++)
            {
                var bytes = MemoryMarshal.AsBytes(buffer.Span);
                var start = block * DigestBlockBytes;
                var slice = bytes.Slice(start, Math.Min(DigestBlockBytes, bytes.Length - start));
                SHA256.HashData(slice, hashes.AsSpan(8 + (first + block) * SHA256.HashSizeInBytes));
            }
            first += counts[s];
        }
        return Convert.ToHexStringLower(SHA256.HashData(hashes));
    }

    public void Dispose()
    {
        foreach (var section in _sections.Values) section.Dispose();
    }

    private static int BlocksIn(FlatBuffer buffer) =>
        (int)((buffer.Layout.Length * sizeof(float) + DigestBlockBytes - 1) / DigestBlockBytes);
}
