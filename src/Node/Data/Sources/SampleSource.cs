using Lockstep.Node.Data.Index;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// Opens images wherever they lie: a folder (class folders or flat), a list file (.txt), a tar shard, shards by a pattern
/// (name-{000000..000146}.tar) or a folder of shards. The same images in the same order have the same numbers, names and
/// fingerprint in each of these.
/// </summary>
public static class SampleSource
{
    /// <summary>What the file of an index ends in.</summary>
    public const string IndexExtension = IndexFile.Extension;

    // Listing this many takes seconds on a local disk and minutes on a network.
    private const int ManyImages = 200_000;

    /// <summary>Opens images: by their index where there is one that is still true, otherwise by listing them.</summary>
    /// <param name="path">The data, or an index that was written to a place of its own.</param>
    /// <param name="warn">Is told of an index that cannot be used.</param>
    /// <param name="progress">Is told now and then how many images were listed.</param>
    /// <exception cref="DataException">There are no images that can be used; the message says what to do.</exception>
    public static StoredSource Open(string path, Action<string>? warn = null, Action<long>? progress = null)
    {
        if (IndexFile.IsIndex(path)) return OpenIndex(Path.GetFullPath(path), warn, progress);
        var place = DataPlaces.Of(path);
        if (File.Exists(place.IndexPath)) return Open(place, place.IndexPath, IndexFile.Read(place.IndexPath), warn, progress);
        var table = place.List(progress).Table;
        if (table.Count >= ManyImages) warn?.Invoke($"'{path}' has {table.Count:N0} images and no index. 'lockstep data index {path}' makes one: the next start then takes seconds.");
        return place.Open(table);
    }

    /// <summary>Lists images and writes their index.</summary>
    /// <param name="path">The data.</param>
    /// <param name="indexPath">Where to; null: beside the data, where it is found by itself.</param>
    /// <exception cref="DataException">There are no images that can be used, or the index cannot be written.</exception>
    public static IndexedData Index(string path, string? indexPath = null, Action<long>? progress = null)
    {
        var place = DataPlaces.Of(path);
        var listing = place.List(progress);
        var target = indexPath is null ? place.IndexPath : Path.GetFullPath(indexPath);
        var bytes = IndexFile.Write(target, place.Path, listing);
        return new IndexedData(place.Open(listing.Table), target, bytes);
    }

    private static StoredSource OpenIndex(string indexPath, Action<string>? warn, Action<long>? progress)
    {
        if (!File.Exists(indexPath)) throw new DataException($"There is no index '{indexPath}'. Make it with 'lockstep data index DATA --output {indexPath}'.");
        var reading = IndexFile.Read(indexPath);
        if (reading.SourcePath is not { } source)
            throw new DataException($"The index '{indexPath}' cannot be used: {reading.Fault}. Make it anew with 'lockstep data index DATA --output {indexPath}', or name the data itself.");
        return Open(DataPlaces.Of(source), indexPath, reading, warn, progress);
    }

    private static StoredSource Open(IDataPlace place, string indexPath, IndexReading reading, Action<string>? warn, Action<long>? progress)
    {
        var fault = reading.Fault ?? place.ChangeSince(reading.Listing!.Stamps);
        if (fault is null) return place.Open(reading.Listing!.Table);
        warn?.Invoke($"the index '{indexPath}' is passed over ({fault}): the images are listed. 'lockstep data index' makes it anew.");
        return place.Open(place.List(progress).Table);
    }
}
