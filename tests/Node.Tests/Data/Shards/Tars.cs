using System.Formats.Tar;
using System.Text;

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
