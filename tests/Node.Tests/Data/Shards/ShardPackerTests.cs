using System.Formats.Tar;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Shards;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class ShardPackerTests : IDisposable
{
    private static readonly string s_long = string.Join('/', Enumerable.Range(0, 12).Select(i => $"a long folder {i:D2}")) + "/1.jpg";
    private readonly DataFolder _folder = new(), _shards = new();

    public void Dispose()
    {
        _folder.Dispose();
        _shards.Dispose();
    }

    [Fact]
    public void Pack_Folder_HasTheSameSamplesLabelsAndFingerprint()
    {
        var source = SampleSource.Open(_folder.Write("cat/a.jpg", "cat/b.JPEG", "cat-2/c.png", "dog/deep/ü.jpg", "dog/x.y.z.jpg", s_long).Path);
        var result = Pack(source, 4);
        var packed = SampleSource.Open(_shards.Path, Assert.Fail);
        Assert.Equal(DataFolder.Names(source), DataFolder.Names(packed));
        Assert.Equal(DataFolder.Labels(source), DataFolder.Labels(packed));
        Assert.Equal(source.Classes, packed.Classes);
        Assert.Equal(source.Fingerprint, packed.Fingerprint);
        Assert.Equal([0L, 4L], packed.ShardStarts);
        for (var i = 0; i < source.Count; i++) Assert.Equal(source.NameOf(i), DataFolder.Text(packed, i));
        Assert.Equal(["dog/x.y.z.jpg -> dog/x_y_z.jpg"], result.RenamedExamples);
        Assert.Equal((2, 2, 1), (result.Shards, result.Written, result.Renamed));
    }

    [Fact]
    public void Pack_Shards_AreReadByOtherPrograms()
    {
        Pack(SampleSource.Open(_folder.Write("cat/a.jpg", "dog/b.jpg", s_long).Path), 100);
        using var reader = new TarReader(File.OpenRead(_shards.PathOf("shard-000000.tar")));
        var members = new List<(string, string)>();
        while (reader.GetNextEntry() is { } entry)
        {
            members.Add((entry.Name, new StreamReader(entry.DataStream!).ReadToEnd()));
            Assert.Equal((DateTimeOffset.UnixEpoch, 0, 0, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead), (entry.ModificationTime, entry.Uid, entry.Gid, entry.Mode));
        }
        Assert.Equal([(s_long, s_long), (s_long[..^4] + ".cls", "0"), ("cat/a.jpg", "cat/a.jpg"), ("cat/a.cls", "1"), ("dog/b.jpg", "dog/b.jpg"), ("dog/b.cls", "2")], members);
        Assert.Equal(["a long folder 00", "cat", "dog"], File.ReadAllLines(_shards.PathOf("classes.txt")));
    }

    [Fact]
    public void Pack_LongPathWithASlashAtTheHundredthByte_IsAFileForEverybody()
    {
        var name = new string('f', 99) + "/" + new string('n', 101) + ".jpg"; // cannot be cut to fit
        var source = SampleSource.Open(_folder.Write(name).Path);
        Pack(source, 100);
        Assert.Equal(source.Fingerprint, SampleSource.Open(_shards.Path).Fingerprint);
        var header = File.ReadAllBytes(_shards.PathOf("shard-000000.tar")).AsSpan(1024, 100); // behind that of pax and its records
        Assert.Equal(new string('f', 99) + "\0", System.Text.Encoding.ASCII.GetString(header)); // old programs take a name that ends in '/' for a folder's
    }

    [Fact]
    public void Pack_NoClasses_HasNoLabels()
    {
        Pack(SampleSource.Open(_folder.Write("a.jpg", "b.jpg").Path), 100);
        Assert.False(File.Exists(_shards.PathOf("classes.txt")));
        Assert.Empty(SampleSource.Open(_shards.Path).Classes);
    }

    [Fact]
    public void Pack_KeysThatCollide_GetANumber()
    {
        var source = SampleSource.Open(_folder.Write("a.b.jpg", "a.jpg", "a.png", "a_b.jpg", "a_1.jpg").Path);
        Pack(source, 100);
        var packed = SampleSource.Open(_shards.Path);
        Assert.Equal(DataFolder.Names(source), DataFolder.Names(packed));
        Assert.Equal(source.Fingerprint, packed.Fingerprint);
    }

    [Fact]
    public void Pack_Again_WritesTheSameBytes_AndOnlyWhatIsMissing()
    {
        var source = SampleSource.Open(_folder.Write("1.jpg", "2.jpg", "3.x.jpg", "3_x.jpg", "4.jpg").Path);
        Pack(source, 2);
        var first = Bytes();
        Assert.Equal(["shard-000000.tar", "shard-000001.tar", "shard-000002.tar"], first.Keys.Order());
        File.Delete(_shards.PathOf("shard-000001.tar"));
        Assert.Contains("2 of the 3 shards", Assert.Throws<DataException>(() => SampleSource.Open(_shards.Path)).Message, StringComparison.Ordinal);
        Assert.Equal(1, Pack(source, 2).Written);
        Assert.Equal(first, Bytes());
    }

    [Fact]
    public void Pack_Cancelled_LeavesWholeShardsOnly_AndGoesOn()
    {
        var source = SampleSource.Open(_folder.Write("1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg").Path);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => ShardPacker.Pack(source, _shards.Path, new PackOptions(2), done =>
        {
            if (done == 3) cancellation.Cancel();
        }, cancellation.Token));
        Assert.Equal([".lockstep-pack", "shard-000000.tar"], Directory.EnumerateFiles(_shards.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(2, Pack(source, 2).Written);
        Assert.Equal(source.Fingerprint, SampleSource.Open(_shards.Path).Fingerprint);
    }

    [Fact]
    public void Pack_ShardLength_IsKept()
    {
        foreach (var name in (string[])["1.jpg", "2.jpg", "3.jpg"]) _folder.WriteText(name, new string('x', 2000));
        // 512 + 2,048 an image and 1,024 for the end.
        ShardPacker.Pack(SampleSource.Open(_folder.Path), _shards.Path, new PackOptions(100, 1024 + 2 * 2560), null, CancellationToken.None);
        Assert.Equal([6144L, 3584L], Directory.EnumerateFiles(_shards.Path, "*.tar").Order().Select(f => new FileInfo(f).Length));
    }

    [Fact]
    public void Pack_OtherSourceOrOptions_IsRefused()
    {
        var source = SampleSource.Open(_folder.Write("1.jpg", "2.jpg").Path);
        Pack(source, 2);
        Assert.Contains("--samples-per-shard 2", Assert.Throws<DataException>(() => Pack(source, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("other images", Assert.Throws<DataException>(() => Pack(SampleSource.Open(_folder.Write("3.jpg").Path), 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.jpg\tcat\n2.jpg\tcat\n3.jpg\tdog\n")] // the second one's
    [InlineData("1.jpg\tcat\n2.jpg\twolf\n3.jpg\twolf\n")] // a class's name
    [InlineData("1.jpg\n2.jpg\n3.jpg\n")]
    public void Pack_CorrectedLabels_AreRefusedWithTheRemedy(string corrected)
    {
        var list = _folder.Write("1.jpg", "2.jpg", "3.jpg").WriteText("list.txt", "1.jpg\tcat\n2.jpg\tdog\n3.jpg\tdog\n");
        Pack(SampleSource.Open(list), 2);
        Assert.Equal(0, Pack(SampleSource.Open(list), 2).Written);
        File.WriteAllText(list, corrected);
        var message = Assert.Throws<DataException>(() => Pack(SampleSource.Open(list), 2)).Message;
        Assert.Contains("of other labels or class names", message, StringComparison.Ordinal);
        Assert.Contains("Choose another folder, or delete this one", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pack_FolderWithOtherFiles_IsRefused()
    {
        var source = SampleSource.Open(_folder.Write("1.jpg").Path);
        Assert.Contains("is not empty", Assert.Throws<DataException>(() => ShardPacker.Pack(source, _folder.Path, new PackOptions(2), null, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pack_ImageChangedSinceItWasListed_IsNamed()
    {
        var source = SampleSource.Open(_folder.Write("1.jpg", "2.jpg").Path);
        File.AppendAllText(_folder.PathOf("2.jpg"), "more");
        Assert.Contains("'2.jpg' cannot be read: it has more than 5 bytes, but had 5", Assert.Throws<DataException>(() => Pack(source, 2)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_shards.Path, "*shard*"));
    }

    [Fact]
    public void Pack_PackedShards_GivesTheSameAgain()
    {
        var source = SampleSource.Open(_folder.Write("cat/a.x.jpg", "dog/b.jpg").Path);
        Pack(source, 1);
        using var again = new DataFolder();
        ShardPacker.Pack(SampleSource.Open(_shards.Path), again.Path, new PackOptions(2), null, CancellationToken.None);
        Assert.Equal(source.Fingerprint, SampleSource.Open(again.Path).Fingerprint);
    }

    private PackResult Pack(StoredSource source, int samplesPerShard) =>
        ShardPacker.Pack(source, _shards.Path, new PackOptions(samplesPerShard), null, CancellationToken.None);

    private Dictionary<string, byte[]> Bytes() => Directory.EnumerateFiles(_shards.Path, "*.tar").ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
}
