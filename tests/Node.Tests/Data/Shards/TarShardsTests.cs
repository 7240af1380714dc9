using System.Formats.Tar;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class TarShardsTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_OneShardWithoutLabels_TakesImagesInTheirOrder()
    {
        Write("a.tar", "./z.jpg", "./z.json", "./.hidden.jpg", "./a.PNG", "./notes", "./b.webp");
        var source = SampleSource.Open(_folder.PathOf("a.tar"));
        Assert.Equal(["z.jpg", "a.PNG", "b.webp"], DataFolder.Names(source));
        Assert.Empty(source.Classes);
        Assert.Equal("./a.PNG", DataFolder.Text(source, 1));
        Assert.Equal([0L], source.ShardStarts);
    }

    [Fact]
    public void Open_Labels_ComeBeforeOrBehindTheirImage()
    {
        Write("a.tar", ("1.cls", "2\n"), ("1.jpg", "x"), ("2.jpg", "x"), ("2.cls", " 0"), ("2.json", "{}"));
        var source = SampleSource.Open(_folder.PathOf("a.tar"));
        Assert.Equal(["0", "1", "2"], source.Classes);
        Assert.Equal([2, 0], DataFolder.Labels(source));
    }

    [Fact]
    public void Open_ClassesFile_NamesTheLabels()
    {
        Write("a.tar", ("1.jpg", "x"), ("1.cls", "1"));
        _folder.WriteText("classes.txt", "cat\ndog\n");
        Assert.Equal(["cat", "dog"], SampleSource.Open(_folder.Path).Classes);
        _folder.WriteText("classes.txt", "cat\n");
        Assert.Contains("labels up to 1", Message(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FoldersInNames_AreClasses()
    {
        Write("a.tar", "dog/2.jpg", "cat/1.jpg");
        var source = SampleSource.Open(_folder.PathOf("a.tar"));
        Assert.Equal(["cat", "dog"], source.Classes);
        Assert.Equal([1, 0], DataFolder.Labels(source));
    }

    [Fact]
    public void Open_SeveralShards_TellWhereEachBegins()
    {
        Write("s-0.tar", "1.jpg", "2.jpg");
        Write("s-1.tar", "notes.txt");
        Write("s-2.tar", "3.jpg");
        foreach (var path in new[] { _folder.Path, _folder.PathOf("s-{0..2}.tar") })
        {
            var source = SampleSource.Open(path);
            Assert.Equal(["1.jpg", "2.jpg", "3.jpg"], DataFolder.Names(source));
            Assert.Equal([0L, 2L], source.ShardStarts);
            Assert.Equal("3.jpg", DataFolder.Text(source, 2));
        }
        Assert.Equal(["3.jpg"], DataFolder.Names(SampleSource.Open(_folder.PathOf("s-{1..2}.tar"))));
    }

    [Fact]
    public void Open_KeyWithSeveralImages_TakesTheOneWithNothingElse()
    {
        Write("a.tar", "1.mask.png", "1.jpg", "1.depth.png", "2.only.png");
        Assert.Equal(["1.jpg", "2.only.png"], DataFolder.Names(SampleSource.Open(_folder.PathOf("a.tar"))));
    }

    [Theory]
    [InlineData("1.jpg", "1.png")]
    [InlineData("1.a.jpg", "1.b.jpg")]
    public void Open_TwoImagesOfOneKey_AreRefused(string first, string second)
    {
        Write("a.tar", first, second);
        Assert.Contains("2 images of one key, '1'", Message("a.tar"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("999999999")]
    public void Open_LabelThatIsNone_IsNamed(string label)
    {
        Write("a.tar", ("k.jpg", "x"), ("k.cls", label));
        Assert.Contains("'k.cls'", Message("a.tar"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", null, "2.jpg")]
    [InlineData(null, "1", "2.jpg")]
    public void Open_SomeLabels_NamesTheFirstThatDiffers(string? first, string? second, string named)
    {
        (string, string)[] files = [("1.jpg", "x"), ("1.cls", first ?? ""), ("2.jpg", "x"), ("2.cls", second ?? "")];
        Write("a.tar", [.. files.Where(f => f.Item2.Length > 0)]);
        var message = Message("a.tar");
        Assert.Contains("Give a label to each, or to none", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.jpg", "2.jpg", "1.cls", "2.cls")] // tar cf a.tar *.jpg *.cls
    [InlineData("1.cls", "2.cls", "1.jpg", "2.jpg")]
    [InlineData("1.cls", "1.jpg", "2.jpg", "2.cls", "3.cls")]
    public void Open_LabelWithoutItsImage_IsNamedWithTheRemedy(params string[] names)
    {
        Write("a.tar", [.. names.Select(name => (name, "0"))]);
        var message = Message("a.tar");
        Assert.Contains($"'{(names[^1] == "3.cls" ? "3" : "1")}.cls' in '{_folder.PathOf("a.tar")}' has no image", message, StringComparison.Ordinal);
        Assert.Contains("tar --sort=name", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardsOfThePatternMissing_NamesThem()
    {
        Write("s-0.tar", "1.jpg");
        var message = Message("s-{0..12}.tar");
        Assert.Contains("12 of the 13 shards", message, StringComparison.Ordinal);
        Assert.Contains("s-1.tar, s-2.tar", message, StringComparison.Ordinal);
        Assert.DoesNotContain("s-11.tar", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoImages_NamesTheExtensions()
    {
        Write("a.tar", "1.txt");
        Assert.Contains(".jpg, .jpeg, .png or .webp", Message("a.tar"), StringComparison.Ordinal);
    }

    [Fact]
    public void Index_OfShards_IsUsedUntilOneChanges()
    {
        Write("s-0.tar", ("1.jpg", "x"), ("1.cls", "0"));
        Write("s-1.tar", ("2.jpg", "yy"), ("2.cls", "1"));
        var listed = SampleSource.Index(_folder.Path).Source;
        var warnings = new List<string>();
        var opened = SampleSource.Open(_folder.Path, warnings.Add);
        Assert.Empty(warnings);
        Assert.Equal((listed.Fingerprint, "yy", 2), (opened.Fingerprint, DataFolder.Text(opened, 1), opened.Classes.Count));
        Assert.Equal([0L, 1L], opened.ShardStarts);

        Write("s-2.tar", ("3.jpg", "z"), ("3.cls", "0"));
        Assert.Equal(3, SampleSource.Open(_folder.Path, warnings.Add).Count);
        Assert.Contains("2 shards, now there are 3", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Index_ClassNamesChanged_IsPassedOver()
    {
        Write("s-0.tar", ("1.jpg", "x"), ("1.cls", "0"));
        SampleSource.Index(_folder.Path);
        _folder.WriteText("classes.txt", "cat\n");
        Assert.Equal(["cat"], SampleSource.Open(_folder.Path).Classes);
    }

    private void Write(string shard, params string[] names) => File.WriteAllBytes(_folder.PathOf(shard), Tars.Of(names));

    private void Write(string shard, params (string, string)[] files) => File.WriteAllBytes(_folder.PathOf(shard), Tars.Of(TarEntryFormat.Pax, files));

    private string Message(string name) => Assert.Throws<DataException>(() => SampleSource.Open(Path.IsPathRooted(name) ? name : _folder.PathOf(name))).Message;
}
