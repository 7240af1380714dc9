using Lockstep.Node.Data;
using Lockstep.Node.Data.Cache;
using Lockstep.Node.Recipes;
using Xunit;

namespace Lockstep.Node.Tests.Data.Cache;

public sealed class CachedSourceTests : IDisposable
{
    private const int Samples = 200, Length = 100;

    private readonly string _root = Directory.CreateTempSubdirectory("lockstep-cached-").FullName;

    [Theory]
    [InlineData("memory")]
    [InlineData("disk")]
    public void Read_ThreeEpochs_GivesTheSourcesBytesAndReadsEachFileOnce(string kind)
    {
        var reads = 0;
        var plain = new MemorySource(24, broken: 3);
        using var source = CachedSource.Open(
            new MemorySource(24, broken: 3) { OnRead = _ => reads++ }, new DataOptions { Cache = kind, CacheMiB = 1, CacheFolder = _root }, Assert.Fail)!;
        for (var epoch = 0; epoch < 3; epoch++)
            for (var sample = 0; sample < 24; sample++) Assert.Equal(Read(plain, sample), Read(source, sample));
        Assert.Equal((24, 48L), (reads, source.Hits));
        Assert.Equal((plain.Count, plain.Fingerprint, plain.NameOf(7)), (source.Count, source.Fingerprint, source.NameOf(7)));
        Assert.Contains("24 of 24 images", source.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory", 0.25)]
    [InlineData("memory", 0.5)]
    [InlineData("memory", 1)]
    [InlineData("disk", 0.5)]
    public void Read_ShuffledEpochs_HitRateIsTheShareThatFits(string kind, double share)
    {
        var files = Enumerable.Range(0, Samples).Select(sample => Bytes.Of(sample, Length)).ToArray();
        var budget = (long)(share * Samples * Length);
        ISampleCache cache = kind == "memory"
            ? new MemoryCache(Samples, budget, 1000, Assert.Fail)
            : DiskCache.Open(_root, "abcd", Samples, budget, 1000, Assert.Fail)!;
        using var source = new CachedSource(new MemorySource(files), cache, "");
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var before = source.Hits;
            var order = Enumerable.Range(0, Samples).ToArray();
            new Random(epoch).Shuffle(order);
            foreach (var sample in order) Assert.Equal(files[sample], Read(source, sample));
            // The first epoch fills it; LRU would have no hits at a quarter, and few at a half.
            Assert.Equal(epoch == 0 ? 0 : share, (source.Hits - before) / (double)Samples);
        }
    }

    [Fact]
    public void Read_StorageGone_WhatIsCachedCanStillBeRead()
    {
        var gone = false;
        var inner = new MemorySource(8)
        {
            OnRead = _ =>
            {
                if (gone) throw new IOException("the mount is gone");
            },
        };
        using var source = new CachedSource(inner, new MemoryCache(8, 1 << 20, 1 << 20, Assert.Fail), "memory");
        var bytes = Read(source, 2);
        gone = true;
        Assert.Equal(bytes, Read(source, 2));
        Assert.Throws<IOException>(() => Read(source, 3));
        gone = false;
        Assert.Equal(Read(inner, 3), Read(source, 3)); // a failed read leaves nothing in the cache
    }

    [Fact]
    public void Open_None_IsNoCache() => Assert.Null(CachedSource.Open(new MemorySource(1), new DataOptions { Cache = "none", CacheMiB = 1 }, Assert.Fail));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static byte[] Read(ISampleSource source, int sample)
    {
        byte[] buffer = [];
        var length = source.Read(sample, ref buffer);
        return buffer[..length];
    }
}
