using Lockstep.Node.Data.Index;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>Tar files of a folder, in order, each a shard of one dataset. Classes: labels (.cls), named by a classes.txt beside the shards if there is one; or folders in the names.</summary>
internal sealed class TarShards : IDataPlace
{
    /// <summary>Names of classes in label order, one a line, beside the shards.</summary>
    public const string ClassesFile = "classes.txt";

    private const int MostToldMissing = 10;

    private readonly string _folder;
    private readonly IReadOnlyList<string> _names;

    private TarShards(string path, string folder, IReadOnlyList<string> names, string indexPath) =>
        (Path, _folder, _names, IndexPath) = (path, folder, names, indexPath);

    public string Path { get; }

    public string IndexPath { get; }

    public static TarShards OfFile(string path) =>
        new(path, System.IO.Path.GetDirectoryName(path)!, [System.IO.Path.GetFileName(path)], path + IndexFile.Extension);

    /// <exception cref="DataException">A folder that pack has not finished.</exception>
    public static TarShards OfFolder(string folder, IReadOnlyList<string> names)
    {
        if (PackRecord.Read(folder) is { } packed && packed.Shards > names.Count)
            throw new DataException($"'{folder}' holds {names.Count} of the {packed.Shards} shards that were to be packed into it. Run the same 'lockstep data pack' again: it goes on where it was.");
        return new(folder, folder, names, System.IO.Path.Join(folder, IndexFile.Extension));
    }

    /// <exception cref="DataException">Shards are missing.</exception>
    public static TarShards OfPattern(string path, IReadOnlyList<string> names)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        var missing = names.Where(name => !File.Exists(System.IO.Path.Join(folder, name))).ToList();
        if (missing.Count > 0)
            throw new DataException($"{missing.Count} of the {names.Count} shards '{path}' are missing: {string.Join(", ", missing.Take(MostToldMissing))}{(missing.Count > MostToldMissing ? ", and more" : "")}. Copy them there, or give the range that is there.");
        return new(path, folder, names, path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal) + IndexFile.Extension);
    }

    public SampleListing List(Action<long>? progress)
    {
        var stamps = Stamps(); // first: a shard that changes meanwhile makes the stamp wrong, not the listing
        var samples = new ShardSamples();
        var shards = new List<ShardEntry>();
        foreach (var stamp in stamps.Take(_names.Count))
        {
            var shard = System.IO.Path.Join(_folder, stamp.Name);
            try
            {
                using var tar = new FileStream(shard, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var first = samples.Count;
                samples.AddAll(tar, shard, progress);
                if (samples.Count > first) shards.Add(new ShardEntry(stamp.Name, tar.Length, first));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"The shard '{shard}' cannot be read: {e.Message} Check the disk, and the right to read it.", e);
            }
        }
        if (samples.Count == 0)
            throw new DataException($"The shards '{Path}' have no images. Expected: files ending in {ImageNames.Extensions} (any case), with a label of the same name in a .cls file if there are labels.");
        return new SampleListing(samples.Build([.. shards], ClassNames(samples)), stamps);
    }

    public string? ChangeSince(IReadOnlyList<IndexStamp> stamps)
    {
        var now = Stamps();
        if (stamps.Count != now.Length) return $"there were {stamps.Count - 1} shards, now there are {now.Length - 1}";
        for (var i = 0; i < now.Length; i++)
            if (stamps[i] != now[i]) return $"'{System.IO.Path.Join(_folder, now[i].Name)}' has changed";
        return null;
    }

    public StoredSource Open(SampleTable table) => new ShardSource(Path, _folder, table);

    private IndexStamp[] Stamps() => [.. _names.Append(ClassesFile).Select(name => IndexStamp.OfFile(_folder, name))];

    private string[]? ClassNames(ShardSamples samples)
    {
        var path = System.IO.Path.Join(_folder, ClassesFile);
        if (samples.Labelled == 0 || !File.Exists(path)) return null;
        var classes = File.ReadAllLines(path);
        return classes.Length > samples.LargestLabel
            ? classes
            : throw new DataException($"'{path}' names {classes.Length} classes, but the shards have labels up to {samples.LargestLabel}. It must have one name a line, that of label 0 first.");
    }
}
