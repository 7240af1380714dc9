using System.Buffers.Text;
using System.Security.Cryptography;

namespace Lockstep.Node.Data.Sources;

/// <summary>What is known of the samples of a source without reading them: a few arrays, about 45 bytes a sample.</summary>
internal sealed class SampleTable
{
    public required NameTable Names { get; init; }

    /// <summary>Bytes of each sample's file; what is larger than 4 GiB counts as that (it is no image).</summary>
    public required uint[] Sizes { get; init; }

    /// <summary>Index into <see cref="Classes"/>; empty if there are no classes.</summary>
    public int[] Labels { get; init; } = [];

    public string[] Classes { get; init; } = [];

    /// <summary>Where a sample's bytes begin in its shard, in blocks of 512 bytes; empty if each sample is a file.</summary>
    public uint[] Blocks { get; init; } = [];

    /// <summary>The shards; empty if each sample is a file.</summary>
    public ShardEntry[] Shards { get; init; } = [];

    public required string Fingerprint { get; init; }

    public int Count => Names.Count;

    /// <summary>SHA-256 over "name, NUL, size, LF" of every sample, lower-case hex.</summary>
    public static string FingerprintOf(NameTable names, ReadOnlySpan<uint> sizes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> line = stackalloc byte[12];
        for (var i = 0; i < sizes.Length; i++)
        {
            hash.AppendData(names.Utf8(i));
            line[0] = 0;
            Utf8Formatter.TryFormat(sizes[i], line[1..], out var digits);
            line[1 + digits] = (byte)'\n';
            hash.AppendData(line[..(digits + 2)]);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
