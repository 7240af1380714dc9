using Lockstep.Models.Tests.Masks;
using Lockstep.Node.Data.Shards;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Data.Sources;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class ShardSourceTests : IDisposable
{
    private const int Most = 10, Shards = Most + 8, Each = 3;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly DataFolder _folder = new();

    public ShardSourceTests()
    {
        for (var s = 0; s < Shards; s++) File.WriteAllBytes(_folder.PathOf($"s-{s:D3}.tar"), Tars.Of([.. Enumerable.Range(0, Each).Select(i => $"{s}-{i}.jpg")]));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ManyThreadsOverMoreShardsThanStayOpen_GiveEachItsBytes()
    {
        var source = new ShardSource(_folder.Path, _folder.Path, Table(), Most);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            byte[] buffer = [];
            for (var i = 0; i < 3 * source.Count; i++)
            {
                var index = (i * 37 + thread * 11) % source.Count;
                var length = source.Read(index, ref buffer);
                Assert.Equal($"{index / Each}-{index % Each}.jpg", System.Text.Encoding.UTF8.GetString(buffer, 0, length));
            }
        });
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        var source = SampleSource.Open(_folder.Path);
        byte[] buffer = [];
        for (var i = 0; i < 30; i++) source.Read(i, ref buffer);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 300; i++) source.Read(i % 30, ref buffer);
        }));
    }

    [Fact]
    public void Read_ShardReplacedByAnother_IsAnIOException()
    {
        var source = SampleSource.Open(_folder.Path);
        File.WriteAllBytes(_folder.PathOf("s-000.tar"), Tars.Of("other.jpg"));
        byte[] buffer = [];
        Assert.Contains("when it was indexed", Assert.Throws<IOException>(() => source.Read(0, ref buffer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShardComesBack_IsReadAgain()
    {
        var source = SampleSource.Open(_folder.Path);
        var path = _folder.PathOf("s-000.tar");
        File.Move(path, path + ".away");
        byte[] buffer = [];
        Assert.ThrowsAny<IOException>(() => source.Read(0, ref buffer));
        File.Move(path + ".away", path);
        Assert.Equal("0-0.jpg", DataFolder.Text(source, 0));
    }

    [Fact]
    public void Acquire_MoreShardsThanStayOpen_ClosesThoseThatNobodyReads()
    {
        var files = new ShardFiles(_folder.Path, Table().Shards, Most);
        var held = files.Acquire(0);
        for (var s = 1; s < Shards; s++)
        {
            files.Acquire(s);
            files.Release(s, failed: false);
        }
        Assert.Equal(Most, files.Open);
        Assert.False(held.IsClosed);
        files.Release(0, failed: true); // is not kept: it may be a handle of a mount that is gone
        Assert.True(held.IsClosed);
        Assert.Equal(Most - 1, files.Open);
    }

    [Fact]
    public void Acquire_MoreInUseThanStayOpen_AreClosedOnceTheyAreNot()
    {
        var files = new ShardFiles(_folder.Path, Table().Shards, Most);
        for (var s = 0; s < Shards - 1; s++) files.Acquire(s);
        Assert.Equal(Shards - 1, files.Open);
        for (var s = 0; s < Shards - 1; s++) files.Release(s, failed: false);
        files.Acquire(Shards - 1);
        Assert.Equal(Most, files.Open);
    }

    [Fact]
    public void Acquire_OneShardThatTakesLongToOpen_TheOthersDoNotWait()
    {
        using var inside = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var files = new ShardFiles(_folder.Path, Table().Shards, Most, path =>
        {
            if (path.EndsWith("s-000.tar", StringComparison.Ordinal))
            {
                inside.Set();
                gate.Wait();
            }
            return File.OpenHandle(path);
        });
        var (slow, quick) = (new Thread(() => files.Acquire(0)), new Thread(() => files.Acquire(1)));
        slow.Start();
        Assert.True(inside.Wait(s_limit));
        quick.Start();
        Assert.True(quick.Join(s_limit));
        gate.Set();
        Assert.True(slow.Join(s_limit));
        Assert.Equal(2, files.Open);
    }

    [Fact]
    public void Acquire_OneShardOpenedByTwoAtOnce_IsOpenOnce()
    {
        using var both = new Barrier(2);
        var files = new ShardFiles(_folder.Path, Table().Shards, Most, path =>
        {
            both.SignalAndWait(s_limit);
            return File.OpenHandle(path);
        });
        var opened = new SafeFileHandle[2];
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() => opened[i] = files.Acquire(0))).ToArray();
        foreach (var thread in threads) thread.Start();
        Assert.All(threads, thread => Assert.True(thread.Join(s_limit)));
        Assert.Same(opened[0], opened[1]);
        Assert.Equal((1, false), (files.Open, opened[0].IsClosed));
    }

    [Fact]
    public void Read_ImageListedWithMoreThanAGibibyte_IsABrokenImage()
    {
        var samples = new SampleTableBuilder();
        samples.Add("1.jpg"u8, (1L << 30) + 1);
        byte[] buffer = [];
        var source = new ShardSource("", "/no/such/folder", samples.Build([new ShardEntry("s.tar", 1L << 31, 0)]));
        Assert.Equal(ImageFault.TooLarge, Assert.Throws<ImageDecodeException>(() => source.Read(0, ref buffer)).Fault);
    }

    private SampleTable Table() =>
        TarShards.OfFolder(_folder.Path, [.. Enumerable.Range(0, Shards).Select(s => $"s-{s:D3}.tar")]).List(null).Table;
}
