using System.Text;
using System.Text.Json.Nodes;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Index;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Data.Shards;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Index;

public sealed class IndexTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TrueIndex_GivesWhatListingGave()
    {
        var listed = SampleSource.Open(_folder.Write("a/1.jpg", "a/2.jpg", "b/3.jpg", "b/deep/4.jpg").Path);
        var indexed = SampleSource.Index(_folder.Path);
        Assert.Equal(_folder.PathOf(".lockstep-index"), indexed.IndexPath);
        Assert.Equal(new FileInfo(indexed.IndexPath).Length, indexed.IndexBytes);
        var opened = OpenFromIndex();
        Assert.Equal(DataFolder.Names(listed), DataFolder.Names(opened));
        Assert.Equal(DataFolder.Labels(listed), DataFolder.Labels(opened));
        Assert.Equal(listed.Classes, opened.Classes);
        Assert.Equal(listed.Fingerprint, opened.Fingerprint);
        Assert.Equal("b/deep/4.jpg", DataFolder.Text(opened, 3));
    }

    [Fact]
    public void Open_FlatFolder_UsesItsIndex()
    {
        SampleSource.Index(_folder.Write("a.jpg", "b.jpg").Path);
        Assert.Equal(["a.jpg", "b.jpg"], DataFolder.Names(OpenFromIndex()));
    }

    [Theory]
    [InlineData("a/new.jpg")] // in a folder that was there
    [InlineData("new.jpg")] // beside the index
    [InlineData("c/new.jpg")] // in a new folder
    [InlineData("a/c/new.jpg")]
    public void Open_NewFile_PassesOverTheIndex(string name)
    {
        SampleSource.Index(_folder.Write("a/1.jpg", "b/2.jpg").Path);
        _folder.Write(name);
        Assert.Contains(name, DataFolder.Names(OpenAnew("has changed")));
    }

    [Fact]
    public void Open_FileGone_PassesOverTheIndex()
    {
        SampleSource.Index(_folder.Write("a/1.jpg", "a/2.jpg").Path);
        File.Delete(_folder.PathOf("a/1.jpg"));
        Assert.Equal(["a/2.jpg"], DataFolder.Names(OpenAnew("a' has changed")));
    }

    [Fact]
    public void Open_NewFileBehindALinkedFolder_PassesOverTheIndex()
    {
        using var elsewhere = new DataFolder().Write("1.jpg");
        _folder.Write("b/2.jpg");
        Directory.CreateSymbolicLink(_folder.PathOf("a"), elsewhere.Path);
        SampleSource.Index(_folder.Path);
        elsewhere.Write("3.jpg");
        Assert.Contains("a/3.jpg", DataFolder.Names(OpenAnew("a' has changed")));
    }

    [Fact]
    public void Open_LinkedFolderGone_PassesOverTheIndexAndRefusesTheLink()
    {
        using var elsewhere = new DataFolder();
        elsewhere.Write("x/1.jpg");
        _folder.Write("b/2.jpg");
        Directory.CreateSymbolicLink(_folder.PathOf("a"), elsewhere.PathOf("x"));
        SampleSource.Index(_folder.Path);
        Directory.Delete(elsewhere.PathOf("x"), recursive: true);
        Assert.Contains("'a' is a link to", Assert.Throws<DataException>(() => SampleSource.Open(_folder.Path, _warnings.Add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ListChanged_PassesOverTheIndex()
    {
        var list = _folder.Write("1.jpg", "2.jpg").WriteText("list.txt", "1.jpg\n");
        Assert.Equal(list + ".lockstep-index", SampleSource.Index(list).IndexPath);
        Assert.Equal(1, OpenFromIndex(list).Count);
        File.AppendAllText(list, "2.jpg\n");
        Assert.Equal(2, OpenAnew("has changed", list).Count);
    }

    [Fact]
    public void Open_IndexElsewhere_FindsItsData()
    {
        using var elsewhere = new DataFolder();
        var path = elsewhere.PathOf("my.lockstep-index");
        SampleSource.Index(_folder.Write("a/1.jpg").Path, path);
        Assert.False(File.Exists(_folder.PathOf(".lockstep-index")));
        Assert.Equal("a/1.jpg", DataFolder.Text(OpenFromIndex(path), 0));
        Assert.Equal(_folder.Path, SampleSource.Open(path).Location); // where to look when something is missing
        _folder.Write("a/2.jpg");
        Assert.Equal(2, OpenAnew("has changed", path).Count);
    }

    [Fact]
    public void Open_IndexOfMovedFolder_IsStillTrue()
    {
        using var other = new DataFolder();
        SampleSource.Index(_folder.Write("a/1.jpg").Path);
        Directory.Move(_folder.Path, other.PathOf("moved"));
        Assert.Equal("a/1.jpg", DataFolder.Text(OpenFromIndex(other.PathOf("moved"), other.PathOf("moved")), 0));
        Directory.CreateDirectory(_folder.Path);
    }

    [Fact]
    public void Open_AnyByteDamaged_PassesOverTheIndex()
    {
        var path = SampleSource.Index(_folder.Write("a/1.jpg", "b/2.jpg").Path).IndexPath;
        var bytes = File.ReadAllBytes(path);
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            Assert.NotNull(IndexFile.Read(path).Fault);
        }
        OpenAnew("is damaged");
    }

    [Fact]
    public void Open_CutOffAnywhere_PassesOverTheIndex()
    {
        var path = SampleSource.Index(_folder.Write("a/1.jpg", "b/2.jpg").Path).IndexPath;
        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.NotNull(IndexFile.Read(path).Fault);
        }
        OpenAnew("is cut off");
    }

    [Theory]
    [InlineData("SourcePath")]
    [InlineData("Fingerprint")]
    [InlineData("Classes")]
    [InlineData("Classes/0")]
    [InlineData("Shards")]
    [InlineData("Shards/0")]
    [InlineData("Shards/0/Name")]
    [InlineData("Stamps")]
    [InlineData("Stamps/0")]
    [InlineData("Stamps/0/Name")]
    public void Read_NullInTheDescription_IsDamage(string what)
    {
        // Written so, with checksums that hold: by another program, or by a fault of this one.
        File.WriteAllBytes(_folder.PathOf("x.tar"), Tars.Of("a/1.jpg", "b/2.jpg"));
        var path = SampleSource.Index(_folder.PathOf("x.tar")).IndexPath;
        Rewrite(path, _ => { });
        Assert.Null(IndexFile.Read(path).Fault);
        Rewrite(path, description =>
        {
            var at = description;
            var parts = what.Split('/');
            foreach (var part in parts[..^1]) at = part == "0" ? at[0]! : at[part]!;
            if (parts[^1] == "0") at[0] = null;
            else at[parts[^1]] = null;
        });
        Assert.Equal("it is damaged", IndexFile.Read(path).Fault);
    }

    [Fact]
    public void Index_FolderThatCannotBeWritten_NamesTheWayOut()
    {
        var e = Assert.Throws<DataException>(() => SampleSource.Index(_folder.Write("a.jpg").Path, _folder.PathOf("no/such/x.lockstep-index")));
        Assert.Contains("--output", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_IndexThatIsNotThere_SaysHowToMakeIt() =>
        Assert.Contains("data index", Assert.Throws<DataException>(() => SampleSource.Open(_folder.PathOf("x.lockstep-index"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_ManyEntries_TakesFewBytesEach()
    {
        const int Entries = 50_000, MostBytesEach = 115;
        var samples = new SampleTableBuilder();
        for (var i = 0; i < Entries; i++) samples.Add(Encoding.UTF8.GetBytes($"n{1440764 + i / 1300:D8}/n{1440764 + i / 1300:D8}_{i:D5}.JPEG"), 110_000 + i);
        var path = _folder.PathOf("x.lockstep-index");
        IndexFile.Write(path, _folder.Path, new SampleListing(samples.Build(), []));
        IndexFile.Read(path); // what is made once
        var before = GC.GetAllocatedBytesForCurrentThread();
        var table = IndexFile.Read(path).Listing!.Table;
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Entries, 30, MostBytesEach);
        Assert.Equal((Entries, 39), (table.Count, table.Classes.Length));
    }

    // Sizes are not looked at again, so an emptied file shows that the index was used.
    private StoredSource OpenFromIndex(string? path = null, string? data = null)
    {
        var source = SampleSource.Open(path ?? _folder.Path, _warnings.Add);
        Assert.Empty(_warnings);
        var file = Directory.EnumerateFiles(data ?? _folder.Path, "*.jpg", SearchOption.AllDirectories).First();
        var text = File.ReadAllText(file);
        File.WriteAllText(file, "");
        Assert.Equal(source.Fingerprint, SampleSource.Open(path ?? _folder.Path).Fingerprint);
        File.WriteAllText(file, text);
        return source;
    }

    private StoredSource OpenAnew(string reason, string? path = null)
    {
        var source = SampleSource.Open(path ?? _folder.Path, _warnings.Add);
        var warning = Assert.Single(_warnings);
        Assert.Contains(reason, warning, StringComparison.Ordinal);
        Assert.Contains("data index", warning, StringComparison.Ordinal);
        return source;
    }

    // The same index with another description: header and description have a checksum each, and so has the file.
    private static void Rewrite(string path, Action<JsonNode> change)
    {
        const int Header = 24, Checksum = 4, LengthAt = 12;
        var bytes = File.ReadAllBytes(path);
        var before = BitConverter.ToInt32(bytes, LengthAt);
        var node = JsonNode.Parse(bytes.AsSpan(Header + Checksum, before))!;
        change(node);
        var json = Encoding.UTF8.GetBytes(node.ToJsonString());
        var rest = bytes.AsSpan((Header + Checksum + before + Checksum)..^Checksum);
        using var file = File.Create(path);
        var writer = new CheckedWriter(file);
        writer.Write<byte>(bytes.AsSpan(0, LengthAt));
        writer.Write([json.Length]);
        writer.Write([(long)bytes.Length - before + json.Length]);
        writer.WriteChecksum();
        writer.Write<byte>(json);
        writer.WriteChecksum();
        writer.Write<byte>(rest);
        writer.WriteChecksum();
    }
}
