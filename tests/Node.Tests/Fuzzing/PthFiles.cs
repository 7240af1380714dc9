using System.Buffers.Binary;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>Files of PyTorch to be mutated: those of tests/Fixtures/pth.</summary>
internal static class PthFiles
{
    private const int EndBytes = 22, EntryBytes = 46, LocalBytes = 30;

    public static IReadOnlyList<byte[]> Seeds() => [.. ((string[])["pretrain.pth", "types2.pth", "types4.pth"]).Select(name => File.ReadAllBytes(PathOf(name)))];

    /// <summary>Where entries begin: the directory's headers, and the contents that they point to.</summary>
    public static IReadOnlyList<int> Entries(byte[] zip) => [.. Directory(zip).SelectMany(at => new[] { U32(zip, at + 42), at }).Where(at => at < zip.Length).Order()];

    /// <summary>Makes the checksum of every entry right, so that what is behind them is reached.</summary>
    public static void MendChecksums(byte[] zip)
    {
        foreach (var at in Directory(zip))
        {
            var (size, header) = (U32(zip, at + 24), U32(zip, at + 42));
            if (header > zip.Length - LocalBytes) continue;
            var start = header + LocalBytes + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(header + 26)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(header + 28));
            if (start > zip.Length || size > zip.Length - start) continue;
            BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(at + 16), Checksum(zip.AsSpan(start, size)));
        }
    }

    private static IEnumerable<int> Directory(byte[] zip)
    {
        if (zip.Length < EndBytes) yield break;
        var end = zip.Length - EndBytes;
        for (var at = U32(zip, end + 16); at <= end - EntryBytes && zip.AsSpan(at).StartsWith("PK\x01\x02"u8);)
        {
            yield return at;
            at += EntryBytes + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 28)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 30)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(at + 32));
        }
    }

    // Numbers beyond int are beyond the file too.
    private static int U32(byte[] zip, int at) => (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(at)), int.MaxValue);

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var state = uint.MaxValue;
        foreach (var b in data)
        {
            state ^= b;
            for (var bit = 0; bit < 8; bit++) state = (state & 1) != 0 ? state >> 1 ^ 0xEDB88320 : state >> 1;
        }
        return ~state;
    }

    private static string PathOf(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "tests", "Fixtures", "pth", name);
            if (File.Exists(path)) return path;
        }
        throw new FileNotFoundException($"no fixture pth/{name}: run inside the repository");
    }
}
