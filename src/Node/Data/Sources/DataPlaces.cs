using Lockstep.Node.Data.Shards;

namespace Lockstep.Node.Data.Sources;

/// <summary>Finds out what a path of images names.</summary>
internal static class DataPlaces
{
    private const string Forms =
        "Give a folder of images (<folder>/<class>/<image>.jpg or <folder>/<image>.jpg), a list of images (.txt), a tar shard (.tar), shards as name-{000000..000146}.tar, or a folder of .tar files.";

    private static readonly string[] s_compressed = [".gz", ".tgz", ".zst", ".xz", ".bz2", ".lz4"];

    /// <exception cref="DataException">Nothing of the kind is there.</exception>
    public static IDataPlace Of(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new DataException($"No image folder is given. {Forms}");
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full)) return OfFolder(full);
        if (ShardPattern.TryExpand(full, out var shards)) return TarShards.OfPattern(full, shards);
        if (!File.Exists(full)) throw new DataException($"There is no image folder, list or shard '{full}'. {Forms}");
        if (full.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) return TarShards.OfFile(full);
        if (full.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)) return new ListFile(full);
        if (Array.Exists(s_compressed, end => full.EndsWith(end, StringComparison.OrdinalIgnoreCase)))
            throw new DataException($"'{full}' is compressed; images are read from the middle of a shard, so it must not be. Decompress it first (gzip -d, zstd -d, xz -d): images hardly get smaller by it.");
        throw new DataException($"'{full}' is nothing that images are read from. {Forms}");
    }

    private static IDataPlace OfFolder(string folder)
    {
        FolderTop top;
        try
        {
            top = FolderTop.Read(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The image folder '{folder}' cannot be listed: {e.Message} {(e is IOException ? "Check the disk or the mount." : "Give this user the right to read it.")}", e);
        }
        if (top.Shards.Count == 0) return new ImageFolder(folder, top);
        if (top.Entries == 0) return TarShards.OfFolder(folder, top.Shards);
        throw new DataException($"'{folder}' holds .tar files ({top.Shards[0]}) beside images or folders, so it is not clear which are meant. Name the shards as '{Path.Join(folder, "name-{000000..000146}.tar")}', or move them to a folder of their own.");
    }
}
