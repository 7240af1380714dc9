using Lockstep.Models.Tests.Masks;
using Lockstep.Node.Data.Cache;
using Xunit;

namespace Lockstep.Node.Tests.Data.Cache;

public sealed class DiskCacheTests : IDisposable
{
    private const int Samples = 40, Length = 100, Slab = 400;

    private readonly string _root = Directory.CreateTempSubdirectory("lockstep-cache-").FullName;
    private readonly List<string> _warnings = [];

    [Fact]
    public void Add_MoreThanTheBudget_KeepsWhatCameFirst()
    {
        using var cache = Filled(Open(1000));
        Assert.Equal(Enumerable.Range(0, 10), cache.Held(Samples, Length));
        Assert.Equal(["slab-000000.bin", "slab-000001.bin", "slab-000002.bin"], Slabs(cache.Folder));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Open_Again_HasWhatItHadAndGoesOn()
    {
        using (var cache = Open(1000))
            for (var sample = 10; sample < 16; sample++) cache.Add(sample, Length);
        using var again = Open(1000);
        Assert.Equal(Enumerable.Range(10, 6), again.Held(Samples, Length));
        for (var sample = 0; sample < Samples; sample++) again.Add(sample, Length);
        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 14, 15], again.Held(Samples, Length));
        Assert.Equal(3, Slabs(again.Folder).Length); // the second one was half full, and was filled
    }

    [Theory]
    [InlineData(1)] // part of a record
    [InlineData(24)] // a whole one
    [InlineData(30)]
    public void Open_TornIndex_KeepsWhatIsWholeAndStoresTheRestAgain(int lost)
    {
        string folder;
        using (var cache = Filled(Open(1000))) folder = cache.Folder;
        using (var index = File.OpenWrite(Path.Combine(folder, CacheIndex.FileName))) index.SetLength(index.Length - lost);

        using (var again = Open(1000))
        {
            Assert.Equal(Enumerable.Range(0, 10 - (lost + 23) / 24), again.Held(Samples, Length));
            Filled(again);
        }
        using var third = Open(1000);
        Assert.Equal(Enumerable.Range(0, 10), third.Held(Samples, Length));
    }

    [Fact]
    public void Open_FlippedBitInTheIndex_KeepsWhatLiesBefore()
    {
        string folder;
        using (var cache = Filled(Open(1000))) folder = cache.Folder;
        Flip(Path.Combine(folder, CacheIndex.FileName), 24 * 5 + 3);
        using var again = Open(1000);
        Assert.Equal(Enumerable.Range(0, 4), again.Held(Samples, Length));
    }

    [Fact]
    public void Open_SlabShorterThanItsIndex_OrGone_DropsThoseRecords()
    {
        string folder;
        using (var cache = Filled(Open(1000))) folder = cache.Folder;
        File.Delete(Path.Combine(folder, "slab-000000.bin"));
        using (var slab = File.OpenWrite(Path.Combine(folder, "slab-000001.bin"))) slab.SetLength(250);
        using var again = Open(1000);
        Assert.Equal([4, 5, 8, 9], again.Held(Samples, Length));
    }

    [Fact]
    public void Read_DamagedRecord_IsAMissAndIsStoredAgain()
    {
        using (var cache = Filled(Open(1150)))
        {
            Flip(Path.Combine(cache.Folder, "slab-000001.bin"), 150);
            Assert.Null(cache.Read(5));
            Assert.Equal(10, cache.Samples);
            cache.Add(5, 50);
            Assert.Equal(Bytes.Of(5, 50), cache.Read(5));
        }
        using var again = Open(1150); // the later record counts
        Assert.Equal(Bytes.Of(5, 50), again.Read(5));
    }

    [Fact]
    public void Open_BudgetLowered_RemovesTheOldestSlabs()
    {
        Filled(Open(1600)).Dispose();
        using (var less = Open(900))
        {
            Assert.Equal(Enumerable.Range(8, 8), less.Held(Samples, Length));
            Assert.Equal(["slab-000002.bin", "slab-000003.bin"], Slabs(less.Folder));
            for (var sample = 0; sample < 4; sample++) less.Add(sample, Length);
        }
        using var again = Open(900);
        Assert.Equal([0, .. Enumerable.Range(8, 8)], again.Held(Samples, Length));
    }

    [Fact]
    public void Open_TwiceAtOnce_EachHasAFolderOfItsOwn()
    {
        using var one = Filled(Open(1000));
        using (var two = Open(1000))
        {
            Assert.NotEqual(one.Folder, two.Folder);
            for (var sample = 20; sample < 25; sample++) two.Add(sample, Length);
            Assert.Equal(Enumerable.Range(20, 5), two.Held(Samples, Length));
        }
        using var third = Open(1000); // the folder that is free again
        Assert.Equal(Enumerable.Range(20, 5), third.Held(Samples, Length));
        Assert.Equal(Enumerable.Range(0, 10), one.Held(Samples, Length));
    }

    [Fact]
    public void Add_CachesOfOtherData_MakeRoomOldestFirst_ButNotThoseInUse()
    {
        var folders = new List<string>();
        foreach (var (data, age) in new[] { ("aaaa", 3), ("bbbb", 2), ("cccc", 1) })
        {
            using var other = Open(100_000, data);
            for (var sample = 0; sample < 8; sample++) other.Add(sample, Length);
            folders.Add(other.Folder);
            File.SetLastWriteTimeUtc(Path.Combine(other.Folder, "lock"), DateTime.UtcNow.AddDays(-age));
        }
        using var used = Open(800, "aaaa"); // and so it is the youngest, and nobody's to remove
        File.WriteAllText(Path.Combine(_root, "notes.txt"), "somebody else's");
        Directory.CreateDirectory(Path.Combine(_root, "aaaa-9x"));

        using var cache = Open(1600);
        for (var sample = 0; sample < 4; sample++) cache.Add(sample, Length);

        Assert.Equal([true, false, true], folders.Select(folder => Slabs(folder).Length > 0));
        Assert.Equal(8, used.Held(Samples, Length).Length);
        Filled(cache);
        Assert.Empty(Slabs(folders[2]));
        Assert.Equal(16, cache.Samples);
        Assert.True(File.Exists(Path.Combine(_root, "notes.txt")));
    }

    [Fact]
    public void Add_DiskFails_WarnsOnceAndTakesNoMore()
    {
        using var cache = Open(100_000);
        for (var sample = 0; sample < 4; sample++) cache.Add(sample, Length);
        Directory.CreateDirectory(Path.Combine(cache.Folder, "slab-000001.bin")); // in the way of the next slab
        for (var sample = 4; sample < Samples; sample++) cache.Add(sample, Length);
        Assert.Contains("takes no more images", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 4), cache.Held(Samples, Length));
    }

    [Fact]
    public void Open_NoFolderPossible_WarnsAndGoesWithout()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Null(DiskCache.Open(file, "abcd", Samples, 1000, Slab, _warnings.Add));
        Assert.Contains("The run goes on without one", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CacheOfAnotherUser_IsPassedOverAndLeftAlone()
    {
        string theirs, alsoTheirs;
        using (var cache = Filled(Open(100_000))) theirs = cache.Folder;
        using (var cache = Filled(Open(100_000, "eeee"))) alsoTheirs = cache.Folder;
        // One whose lock may not be written, and one whose lock may, but whose time and files are its owner's.
        OtherUser.SetMode(Path.Combine(theirs, "lock"), "400");
        if (OtherUser.IsPossible) OtherUser.SetMode(Path.Combine(alsoTheirs, "lock"), "666");
        OtherUser.SetMode(_root, "777");
        OtherUser.Do(() =>
        {
            foreach (var fingerprint in (string[])["abcd", "eeee"])
            {
                using var cache = Filled(Open(1000, fingerprint)); // wants the room of all others
                Assert.Equal(Path.Combine(_root, $"{fingerprint}-1"), cache.Folder);
                Assert.Equal(10, cache.Samples);
            }
        });
        Assert.Empty(_warnings);
        Assert.Equal((10, 10), (Slabs(theirs).Length, Slabs(alsoTheirs).Length));
    }

    [Fact]
    public void Read_WarmedUp_AllocatesNothing()
    {
        using var cache = Filled(Open(1000));
        byte[] buffer = [];
        cache.Read(3, ref buffer);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 100; i++) cache.Read(i % 10, ref buffer);
        }));
    }

    [Fact]
    public void AddAndRead_ManyThreads_NeverOtherBytes()
    {
        using (var cache = Open(Samples * Length / 2))
        {
            Parallel.For(0, 8, thread =>
            {
                byte[] buffer = [];
                for (var i = 0; i < 10 * Samples; i++)
                {
                    var sample = (i * 7 + thread * 11) % Samples;
                    var length = cache.Read(sample, ref buffer);
                    if (length < 0) cache.Add(sample, Length);
                    else Assert.True(Bytes.Of(sample, Length).AsSpan().SequenceEqual(buffer.AsSpan(0, length)));
                }
            });
            Assert.Equal(Samples / 2, cache.Held(Samples, Length).Length);
        }
        using var again = Open(Samples * Length / 2);
        Assert.Equal(Samples / 2, again.Held(Samples, Length).Length);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static DiskCache Filled(DiskCache cache)
    {
        for (var sample = 0; sample < Samples; sample++) cache.Add(sample, Length);
        return cache;
    }

    private static string[] Slabs(string folder) => [.. Directory.EnumerateFiles(folder, DiskCache.SlabPattern).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 4;
        File.WriteAllBytes(path, bytes);
    }

    private DiskCache Open(long budget, string fingerprint = "abcd") => DiskCache.Open(_root, fingerprint, Samples, budget, Slab, _warnings.Add)!;
}
