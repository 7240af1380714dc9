using Lockstep.Node.Data.Shards;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class ShardSourceTests : IDisposable
{
    private const int Shards = ShardFiles.Most + 20, Each = 3;
    private readonly DataFolder _folder = new();

    public ShardSourceTests()
    {
        for (var s = 0; s < Shards; s++) File.WriteAllBytes(_folder.PathOf($"s-{s:D3}.tar"), Tars.Of([.. Enumerable.Range(0, Each).Select(i => $"{s}-{i}.jpg")]));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ManyThreadsOverMoreShardsThanStayOpen_GiveEachItsBytes()
    {
        var source = SampleSource.Open(_folder.Path);
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
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 300; i++) source.Read(i % 30, ref buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
        var entries = Enumerable.Range(0, Shards).Select(s => new ShardEntry($"s-{s:D3}.tar", new FileInfo(_folder.PathOf($"s-{s:D3}.tar")).Length, s)).ToArray();
        var files = new ShardFiles(_folder.Path, entries);
        var held = files.Acquire(0);
        for (var s = 1; s < Shards; s++)
        {
            files.Acquire(s);
            files.Release(s, failed: false);
        }
        Assert.Equal(ShardFiles.Most, files.Open);
        Assert.False(held.IsClosed);
        files.Release(0, failed: true); // is not kept: it may be a handle of a mount that is gone
        Assert.True(held.IsClosed);
        Assert.Equal(ShardFiles.Most - 1, files.Open);
    }
}
