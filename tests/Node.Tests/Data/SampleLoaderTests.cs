using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Augment;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class SampleLoaderTests
{
    private const ulong Seed = 77;

    private static readonly ViewSpec[] s_views = [Views.Global(16), Views.Local(8), Views.Local(8)];

    [Fact]
    public void Load_Views_AreKeyedByEpochSampleAndCrop()
    {
        var source = new MemorySource(20);
        var views = Load(source, new SamplePosition(3, 5));
        for (var view = 0; view < 3; view++) Assert.Equal(Expected(source, file: 5, key: new SamplePosition(3, 5), view), views[view]);
        Assert.NotEqual(views[1], views[2]);
        Assert.NotEqual(views[0], Load(source, new SamplePosition(4, 5))[0]);
    }

    [Fact]
    public void Load_Row_WritesThereOnly()
    {
        using var loader = new SampleLoader(new MemorySource(4), Seed, [Views.Plain(4)], new BrokenSamples(1));
        var buffer = Enumerable.Repeat(float.NaN, 3 * 48).ToArray();
        loader.Load(new SamplePosition(0, 1), [buffer], 1);
        Assert.All(buffer[..48], x => Assert.True(float.IsNaN(x)));
        Assert.All(buffer[48..96], x => Assert.True(float.IsFinite(x)));
        Assert.All(buffer[96..], x => Assert.True(float.IsNaN(x)));
    }

    [Fact]
    public void Load_BrokenSample_TakesTheFormulasSubstitute()
    {
        var source = new MemorySource(20, broken: [5, 6, 7, 8, 9, 10, 11, 12]);
        for (var epoch = 0L; epoch < 20; epoch++)
        {
            var position = new SamplePosition(epoch, 5);
            var substitute = Substitute(source, position, s => s is < 5 or > 12);
            Assert.Equal(Expected(source, substitute, position, 0), Load(source, position)[0]);
        }
    }

    [Fact]
    public void Load_BrokenSample_IsNamedOnceAndCounted()
    {
        var named = new List<(string Name, string Reason)>();
        var broken = new BrokenSamples(1, (name, reason) => named.Add((name, reason)));
        using var loader = new SampleLoader(new MemorySource(20, broken: 5), Seed, s_views, broken);
        for (var epoch = 0; epoch < 3; epoch++) loader.Load(new SamplePosition(epoch, 5), Buffers(), 0);

        Assert.Equal([("5", "not a JPEG, PNG or WebP")], named);
        Assert.Equal((3, 1), (broken.Replaced, broken.Files));
    }

    [Fact]
    public void Load_FileVanished_StopsWithItsName_BecauseASubstituteWouldDependOnTheMoment()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-data-");
        try
        {
            foreach (var name in (string[])["a.jpg", "b.jpg"]) File.WriteAllBytes(Path.Join(folder.FullName, name), Pictures.GradientJpeg(20, 20));
            var source = SampleSource.Open(folder.FullName);
            File.Delete(Path.Join(folder.FullName, "a.jpg"));
            using var loader = new SampleLoader(source, Seed, s_views, new BrokenSamples(1));
            var error = Assert.Throws<DataException>(() => loader.Load(new SamplePosition(0, 0), Buffers(), 0));
            Assert.Contains("a.jpg", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_FileCutOffSinceItWasListed_Stops_BecauseOthersHaveItWhole()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-data-");
        try
        {
            var jpeg = Pictures.GradientJpeg(20, 20);
            foreach (var name in (string[])["a.jpg", "b.jpg"]) File.WriteAllBytes(Path.Join(folder.FullName, name), jpeg);
            var source = SampleSource.Index(folder.FullName).Source; // counts as true: only the names are looked at
            File.WriteAllBytes(Path.Join(folder.FullName, "a.jpg"), jpeg[..^40]);
            Assert.Equal(source.Fingerprint, SampleSource.Open(folder.FullName, Assert.Fail).Fingerprint);
            var broken = new BrokenSamples(1);
            using var loader = new SampleLoader(source, Seed, s_views, broken);
            var error = Assert.Throws<DataException>(() => loader.Load(new SamplePosition(0, 0), Buffers(), 0));
            Assert.Contains($"'a.jpg' in '{folder.FullName}' cannot be read: it has {jpeg.Length - 40} bytes, but had {jpeg.Length} when it was listed", error.Message, StringComparison.Ordinal);
            Assert.Equal(0, broken.Replaced);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_FileListedTooLarge_IsReplacedAsABrokenOne()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-data-");
        try
        {
            using (var large = File.Create(Path.Join(folder.FullName, "a.jpg"))) large.SetLength((1L << 30) + 1);
            File.WriteAllBytes(Path.Join(folder.FullName, "b.jpg"), Pictures.GradientJpeg(20, 20));
            var named = new List<string>();
            var broken = new BrokenSamples(1, (name, reason) => named.Add($"{name}: {reason}"));
            using var loader = new SampleLoader(SampleSource.Open(folder.FullName), Seed, s_views, broken);
            loader.Load(new SamplePosition(0, 0), Buffers(), 0);
            Assert.Equal(1, broken.Replaced);
            Assert.Contains("a.jpg: the file has more than 1 GiB", Assert.Single(named), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_NotEnoughMemory_Stops_BecauseOthersMayHaveEnough()
    {
        var broken = new BrokenSamples(1);
        using var loader = new SampleLoader(new MemorySource(4) { OnRead = _ => throw new OutOfMemoryException("libwebp: out of memory") }, Seed, s_views, broken);
        var error = Assert.Throws<DataException>(() => loader.Load(new SamplePosition(0, 1), Buffers(), 0));
        Assert.Contains("'1' cannot be decoded, since there is not enough memory (libwebp: out of memory)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Data:Workers", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, broken.Replaced);
    }

    [Fact]
    public void Load_EverythingBroken_GivesUp()
    {
        using var loader = new SampleLoader(new MemorySource(3, broken: [0, 1, 2]), Seed, s_views, new BrokenSamples(1));
        var e = Assert.Throws<DataException>(() => loader.Load(new SamplePosition(0, 0), Buffers(), 0));
        Assert.Contains("100 other images", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.25, true)]
    [InlineData(0.05, false)]
    public void Load_ShareOfBrokenSamples_MayNotExceedTheLimit(double limit, bool allowed)
    {
        // One sample in ten is broken.
        using var loader = new SampleLoader(new MemorySource(50, broken: [0, 10, 20, 30, 40]), Seed, [Views.Plain(4)], new BrokenSamples(limit));
        void Run()
        {
            for (var i = 0; i < 150; i++) loader.Load(new SamplePosition(0, i % 50), [new float[48]], 0);
        }
        if (allowed) Run();
        else Assert.Contains("Data:MaxBrokenShare", Assert.Throws<DataException>(Run).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoBrokenSampleAllowed_StopsAtTheHundredthThoughItIsSound()
    {
        using var loader = new SampleLoader(new MemorySource(100, broken: 7), Seed, [Views.Plain(4)], new BrokenSamples(0));
        for (var i = 0; i < 99; i++) loader.Load(new SamplePosition(0, i), [new float[48]], 0); // a share of fewer says nothing
        var error = Assert.Throws<DataException>(() => loader.Load(new SamplePosition(0, 99), [new float[48]], 0));
        Assert.Contains("1 of 100 images were broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WarmedUp_AllocatesNothing()
    {
        var files = Enumerable.Range(0, 8).Select(i => i % 2 == 0
            ? Pictures.GradientJpeg(60 + i, 50)
            : PngEncoder.Encode(Pictures.Gradient(50, 60 + i), 50, 60 + i, PngPixels.Rgb)).ToArray();
        using var loader = new SampleLoader(new MemorySource(files), Seed, s_views, new BrokenSamples(1));
        var into = Buffers();
        for (var epoch = 0; epoch < 40; epoch++)
            for (var i = 0; i < 8; i++) loader.Load(new SamplePosition(epoch, i), into, 0);

        // The runtime itself allocates a little when it recompiles a hot method: the best of some rounds counts.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 80; i++) loader.Load(new SamplePosition(1000 + i, i % 8), into, 0);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    private static Memory<float>[] Buffers() => Array.ConvertAll(s_views, v => new float[3 * v.Size * v.Size].AsMemory());

    private static float[][] Load(ISampleSource source, SamplePosition position)
    {
        using var loader = new SampleLoader(source, Seed, s_views, new BrokenSamples(1));
        var into = Buffers();
        loader.Load(position, into, 0);
        return Array.ConvertAll(into, m => m.ToArray());
    }

    private static int Substitute(MemorySource source, SamplePosition position, Predicate<int> isGood)
    {
        for (var attempt = 0UL; ; attempt++)
        {
            var chance = new Philox(ChanceDomain.Substitute, Seed, (ulong)position.Epoch, (ulong)position.Sample, attempt);
            var candidate = chance.NextInt(source.Count);
            if (isGood(candidate)) return candidate;
        }
    }

    private static float[] Expected(MemorySource source, int file, SamplePosition key, int view)
    {
        byte[] bytes = [];
        var length = source.Read(file, ref bytes);
        using var decoder = new ImageDecoder();
        var image = new DecodedImage();
        decoder.Decode(bytes.AsSpan(0, length), image);
        var chw = new float[3 * s_views[view].Size * s_views[view].Size];
        var chance = new Philox(ChanceDomain.Augment, Seed, (ulong)key.Epoch, (ulong)key.Sample, (ulong)view);
        new ViewAugmenter().Augment(image, s_views[view], ref chance, chw);
        return chw;
    }
}
