using Lockstep.Node.Recipes;

namespace Lockstep.Node.Data.Cache;

/// <summary>
/// Another source, whose samples are read from a cache when they are there, and put there when they are not: the same bytes
/// under the same numbers. What is in the cache can be read though the storage is gone.
/// </summary>
public sealed class CachedSource : ISampleSource, IDisposable
{
    private readonly ISampleSource _source;
    private readonly ISampleCache _cache;
    private readonly string _place;
    private long _hits;

    internal CachedSource(ISampleSource source, ISampleCache cache, string place) => (_source, _cache, _place) = (source, cache, place);

    public int Count => _source.Count;

    public IReadOnlyList<string> Classes => _source.Classes;

    public string Fingerprint => _source.Fingerprint;

    public IReadOnlyList<long> ShardStarts => _source.ShardStarts;

    public string Location => _source.Location;

    /// <summary>Samples that came from the cache.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>The cache that a recipe asks for; null for none, and when a disk cannot have one (a cache is no reason to fail).</summary>
    /// <param name="source">The images.</param>
    /// <param name="options">Section Data.</param>
    /// <param name="warn">Hears, once, when the cache cannot take more or cannot be used.</param>
    /// <exception cref="DataException">Data:CacheFolder may not be written.</exception>
    public static CachedSource? Open(ISampleSource source, DataOptions options, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var budget = (long)options.CacheMiB << 20;
        if (options.Cache == "memory") return new(source, new MemoryCache(source.Count, budget, SlabSize.For(budget), warn), "memory");
        if (options.Cache != "disk") return null;
        var cache = DiskCache.Open(options.CacheFolder, source.Fingerprint, source.Count, budget, SlabSize.For(budget), warn);
        return cache is null ? null : new(source, cache, $"'{cache.Folder}'");
    }

    public string NameOf(int index) => _source.NameOf(index);

    public int? LabelOf(int index) => _source.LabelOf(index);

    public int Read(int index, ref byte[] buffer)
    {
        var length = _cache.Read(index, ref buffer);
        if (length >= 0)
        {
            Interlocked.Increment(ref _hits);
            return length;
        }
        length = _source.Read(index, ref buffer);
        _cache.Add(index, buffer.AsSpan(0, length));
        return length;
    }

    /// <summary>What is in it, for the log.</summary>
    public override string ToString() => $"cache in {_place}: {_cache.Samples:N0} of {Count:N0} images, {_cache.Bytes >> 20:N0} MiB";

    public void Dispose() => _cache.Dispose();
}
