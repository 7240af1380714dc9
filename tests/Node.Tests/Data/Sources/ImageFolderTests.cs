using System.Security.Cryptography;
using System.Text;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Sources;

public sealed class ImageFolderTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_ClassFolders_AreOrderedOrdinallyWithLabels()
    {
        _folder.Write("cat/b.JPEG", "cat/a.jpg", "dog/deep/x.PNG", "Zebra/1.jpeg", "Zebra/2.WebP", "cat-2/c.jpg", "cat/notes.txt", "empty/readme.md", ".hidden/h.jpg", "cat/.h.jpg");
        var source = SampleSource.Open(_folder.Path);

        Assert.Equal(["Zebra/1.jpeg", "Zebra/2.WebP", "cat-2/c.jpg", "cat/a.jpg", "cat/b.JPEG", "dog/deep/x.PNG"], DataFolder.Names(source));
        Assert.Equal(["Zebra", "cat", "cat-2", "dog"], source.Classes);
        Assert.Equal([0, 0, 2, 1, 1, 3], DataFolder.Labels(source));
        Assert.Equal([0L], source.ShardStarts);
    }

    [Fact]
    public void Open_FlatFolder_HasNoClasses()
    {
        var source = SampleSource.Open(_folder.Write("b.jpg", "a.png").Path);
        Assert.Equal(["a.png", "b.jpg"], DataFolder.Names(source));
        Assert.Empty(source.Classes);
        Assert.Null(source.LabelOf(0));
    }

    [Fact]
    public void Fingerprint_IsTheHashOverNamesAndSizes()
    {
        var source = SampleSource.Open(_folder.Write("b/ü.jpg", "a/1.jpg").Path);
        var text = "a/1.jpg\0" + "7\n" + "b/ü.jpg\0" + "8\n";
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), source.Fingerprint);
        Assert.Equal([7, 8], [source.SizeOf(0), source.SizeOf(1)]);
    }

    [Fact]
    public void Fingerprint_SameFilesElsewhere_IsEqual()
    {
        using var other = new DataFolder().Write("b/2.jpg", "a/1.jpg");
        var first = SampleSource.Open(_folder.Write("a/1.jpg", "b/2.jpg").Path).Fingerprint;
        Assert.Equal(first, SampleSource.Open(other.Path + "/").Fingerprint);

        File.AppendAllText(_folder.PathOf("a/1.jpg"), "more");
        var longer = SampleSource.Open(_folder.Path).Fingerprint;
        Assert.NotEqual(first, longer);

        File.Move(_folder.PathOf("b/2.jpg"), _folder.PathOf("b/3.jpg"));
        Assert.NotEqual(longer, SampleSource.Open(_folder.Path).Fingerprint);
    }

    [Fact]
    public void Open_Links_AreFollowed()
    {
        using var linked = new DataFolder();
        Directory.CreateDirectory(linked.PathOf("a"));
        File.CreateSymbolicLink(linked.PathOf("a/1.jpg"), _folder.Write("a/1.jpg", "b/2.jpg").PathOf("a/1.jpg"));
        Directory.CreateSymbolicLink(linked.PathOf("b"), _folder.PathOf("b"));
        Assert.Equal(SampleSource.Open(_folder.Path).Fingerprint, SampleSource.Open(linked.Path).Fingerprint);
    }

    [Fact]
    public void Open_LoopOfLinks_Ends()
    {
        Directory.CreateDirectory(_folder.Write("a/1.jpg").PathOf("a"));
        Directory.CreateSymbolicLink(_folder.PathOf("a/again"), _folder.PathOf("a"));
        Assert.InRange(SampleSource.Open(_folder.Path).Count, 2, 17);
    }

    [Fact]
    public void Read_File_GivesItsBytesAndReusesTheBuffer()
    {
        var source = SampleSource.Open(_folder.Write("a/1.jpg").Path);
        byte[] buffer = [];
        var length = source.Read(0, ref buffer);
        Assert.Equal("a/1.jpg"u8, buffer.AsSpan(0, length));
        var same = buffer;
        source.Read(0, ref buffer);
        Assert.Same(same, buffer);
    }

    [Fact]
    public void Read_FileThatHasGrown_GivesAllOfIt()
    {
        var source = SampleSource.Open(_folder.Write("a.jpg").Path);
        var bytes = Enumerable.Range(0, 700_000).Select(i => (byte)(i * 7)).ToArray();
        File.WriteAllBytes(_folder.PathOf("a.jpg"), bytes);
        byte[] buffer = [];
        var length = source.Read(0, ref buffer);
        Assert.Equal(bytes, buffer[..length]);
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        var source = SampleSource.Open(_folder.Write("a/1.jpg", "b/2.jpg").Path);
        byte[] buffer = [];
        for (var i = 0; i < 2; i++) source.Read(i, ref buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) source.Read(i % 2, ref buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Read_FileVanished_SaysWhatTheSystemSays()
    {
        var source = SampleSource.Open(_folder.Write("a.jpg").Path);
        File.Delete(_folder.PathOf("a.jpg"));
        byte[] buffer = [];
        Assert.Contains("No such file", Assert.Throws<FileNotFoundException>(() => source.Read(0, ref buffer)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.PathOf("a.jpg"));
        Assert.Contains("directory", Assert.Throws<IOException>(() => source.Read(0, ref buffer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoImages_NamesTheExtensionsAndTheLayout()
    {
        var e = Assert.Throws<DataException>(() => SampleSource.Open(_folder.Write("a/1.gif").Path));
        Assert.Contains(".jpg, .jpeg, .png or .webp", e.Message, StringComparison.Ordinal);
        Assert.Contains("<folder>/<class>/<image>.jpg", e.Message, StringComparison.Ordinal);
    }
}
