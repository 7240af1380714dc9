using System.IO.Enumeration;

namespace Lockstep.Node.Data.Sources;

/// <summary>What lies directly in a folder, by names alone: no file is looked at.</summary>
/// <param name="Shards">Names that end in .tar, in ordinal order.</param>
/// <param name="Entries">Images and folders.</param>
/// <param name="NamesHash">A hash over the names of those, whatever their order.</param>
internal sealed record FolderTop(IReadOnlyList<string> Shards, long Entries, long NamesHash)
{
    /// <exception cref="IOException">The folder cannot be listed (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static FolderTop Read(string folder)
    {
        var (entries, hash) = (0L, 0L);
        var names = new FileSystemEnumerable<string>(folder, (ref entry) => entry.FileName.ToString(), new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldIncludePredicate = (ref entry) =>
            {
                var name = entry.FileName;
                if (name[0] == '.') return false;
                if (!ImageNames.IsImage(name) && !entry.IsDirectory) return name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
                entries++;
                hash = unchecked(hash + HashOf(name));
                return false;
            },
        };
        return new FolderTop([.. names.Order(StringComparer.Ordinal)], entries, hash);
    }

    // Mixed (Murmur3's last step), so that the sum over the names still tells.
    private static long HashOf(ReadOnlySpan<char> name)
    {
        unchecked
        {
            var hash = StableHash.Of(name);
            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdul;
            return (long)(hash ^ (hash >> 33));
        }
    }
}
