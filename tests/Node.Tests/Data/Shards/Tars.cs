using System.Formats.Tar;
using System.Text;
using Lockstep.Node.Data.Shards;

namespace Lockstep.Node.Tests.Data.Shards;

/// <summary>Tars written by .NET's own writer, as other programs would write them.</summary>
internal static class Tars
{
    /// <summary>Files that hold the given text.</summary>
    public static byte[] Of(TarEntryFormat format, params (string Name, string Text)[] files) =>
        Of([.. files.Select(file => File(format, file.Name, file.Text))]);

    /// <summary>Files in ustar that hold their own name.</summary>
    public static byte[] Of(params string[] names) => Of(TarEntryFormat.Ustar, [.. names.Select(name => (name, name))]);

    public static byte[] Of(params TarEntry[] entries)
    {
        var stream = new MemoryStream();
        using (var writer = new System.Formats.Tar.TarWriter(stream, leaveOpen: true))
            foreach (var entry in entries) writer.WriteEntry(entry);
        return stream.ToArray();
    }

    /// <summary>Where the blocks of 512 bytes begin.</summary>
    public static IReadOnlyList<int> Blocks(byte[] tar) => [.. Enumerable.Range(0, tar.Length / TarHeader.BlockBytes).Select(i => i * TarHeader.BlockBytes)];

    /// <summary>Makes the checksums of all blocks right that look like headers.</summary>
    public static void MendChecksums(byte[] tar)
    {
        foreach (var start in Blocks(tar))
        {
            var block = tar.AsSpan(start, TarHeader.BlockBytes);
            if (!block.Slice(257, 5).SequenceEqual("ustar"u8)) continue;
            var sum = block.Slice(148, 8);
            sum.Fill((byte)' ');
            var total = 0;
            foreach (var value in block) total += value;
            Encoding.ASCII.GetBytes(Convert.ToString(total, 8).PadLeft(6, '0')).CopyTo(sum);
            sum[6] = 0;
        }
    }

    public static TarEntry File(TarEntryFormat format, string name, string text)
    {
        var entry = Entry(format, TarEntryType.RegularFile, name);
        entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return entry;
    }

    public static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name) => format switch
    {
        TarEntryFormat.Ustar => new UstarTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        TarEntryFormat.Pax => new PaxTarEntry(type, name),
        _ => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, name),
    };
}
