using System.Security.Cryptography;
using System.Text;
using Lockstep.Models.Tests.Masks;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;
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

    [Theory]
    [InlineData("a/again", "../a", "'a/again' leads back to 'a'")]
    [InlineData("a/again", "..", "'a/again' leads back to the folder itself")]
    [InlineData("again", "..", "'again' leads back to the folder itself")]
    [InlineData("again", "/", "'again' leads back to the folder itself")]
    public void Open_LinkToAFolderAbove_IsRefused(string link, string target, string said)
    {
        _folder.Write("a/1.jpg");
        Directory.CreateSymbolicLink(_folder.PathOf(link), target);
        Assert.Contains(said, Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TwoFoldersThatLinkToEachOther_AreRefused()
    {
        _folder.Write("a/1.jpg", "b/2.jpg");
        Directory.CreateSymbolicLink(_folder.PathOf("a/x"), "../b");
        Directory.CreateSymbolicLink(_folder.PathOf("b/y"), "../a");
        Assert.Contains("by a link: its images would be listed again and again", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OneFolderUnderTwoNames_IsListedTwice()
    {
        _folder.Write("a/1.jpg");
        Directory.CreateSymbolicLink(_folder.PathOf("b"), "a");
        Assert.Equal(["a/1.jpg", "b/1.jpg"], DataFolder.Names(SampleSource.Open(_folder.Path)));
    }

    [Fact]
    public void Open_DeepFolders_LeavesNothingOut()
    {
        var deep = string.Concat(Enumerable.Repeat("d/", 40)) + "1.jpg";
        Assert.Equal([deep], DataFolder.Names(SampleSource.Open(_folder.Write(deep).Path)));
    }

    [Fact]
    public void Open_FoldersDeeperThanAllowed_AreRefused()
    {
        _folder.Write(string.Concat(Enumerable.Repeat("d/", 300)) + "1.jpg");
        Assert.Contains("lies 257 folders deep; 256 are the most", Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/gone.jpg", "nowhere.jpg", "'a/gone.jpg' is a link to 'nowhere.jpg', which leads to no file")]
    [InlineData("a/self.jpg", "self.jpg", "'a/self.jpg' is a link to 'self.jpg', which leads to no file")]
    [InlineData("class", "/mnt/not-mounted/class", "'class' is a link to '/mnt/not-mounted/class', which leads to no file")]
    public void Open_LinkToNothing_IsRefusedByName(string link, string target, string said)
    {
        _folder.Write("a/1.jpg");
        File.CreateSymbolicLink(_folder.PathOf(link), target);
        Assert.Contains($"1 name that cannot be used: {said}.", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManyLinksToNothing_NamesTen()
    {
        _folder.Write("1.jpg");
        for (var i = 0; i < 12; i++) File.CreateSymbolicLink(_folder.PathOf($"gone-{i}.jpg"), "nowhere");
        Assert.Contains("12 names that cannot be used", Message(), StringComparison.Ordinal);
        Assert.Contains("; and more.", Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caf\\351.jpg", false)]
    [InlineData("caf\\351", true)]
    public async Task Open_NameThatIsNotUtf8_IsRefusedWithTheRemedy(string name, bool isFolder)
    {
        await Shell.RunAsync(_folder.Path, $"{(isFolder ? "mkdir" : "touch")} \"$(printf '{name}')\"");
        _folder.Write("1.jpg");
        Assert.Contains("1 name that cannot be used: 'caf\uFFFD", Message(), StringComparison.Ordinal);
        Assert.Contains("has a name that is not UTF-8", Message(), StringComparison.Ordinal);
        Assert.Contains("convmv", Message(), StringComparison.Ordinal);
        await Shell.RunAsync(_folder.Path, "rm -r caf*"); // .NET cannot
    }

    [Fact]
    public async Task Read_Pipe_IsEmptyAndNotWaitedFor()
    {
        await Shell.RunAsync(_folder.Path, "mkfifo x.jpg");
        byte[] buffer = [];
        Assert.Equal(0, SampleSource.Open(_folder.Path).Read(0, ref buffer));
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

    [Theory]
    [InlineData("", "it has 0 bytes, but had 5")]
    [InlineData("a.jp", "it has 4 bytes, but had 5")]
    [InlineData("a.jpeg", "it has more than 5 bytes, but had 5")]
    public void Read_FileOfAnotherLengthThanListed_IsAnIOException_UntilItIsBack(string text, string said)
    {
        // What this node would make of it is not what the others make of theirs.
        var source = SampleSource.Open(_folder.Write("a.jpg").Path);
        _folder.WriteText("a.jpg", text);
        byte[] buffer = [];
        var error = Assert.Throws<IOException>(() => source.Read(0, ref buffer));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("lockstep data index", error.Message, StringComparison.Ordinal);
        _folder.WriteText("a.jpg", "A.JPG"); // a copy that is complete
        Assert.Equal("A.JPG", DataFolder.Text(source, 0));
    }

    [Fact]
    public void Read_FileListedWithMoreThanAGibibyte_IsABrokenImage()
    {
        SetLength(_folder.WriteText("a.jpg", ""), (1L << 30) + 1);
        byte[] buffer = [];
        Assert.Equal(ImageFault.TooLarge, Assert.Throws<ImageDecodeException>(() => SampleSource.Open(_folder.Path).Read(0, ref buffer)).Fault);
        Assert.Empty(buffer);
    }

    [Fact]
    public void Read_FileThatHasGrownToMoreThanAGibibyte_IsAnIOException()
    {
        var source = SampleSource.Open(_folder.Write("a.jpg").Path);
        SetLength(_folder.PathOf("a.jpg"), (1L << 30) + 1);
        byte[] buffer = [];
        Assert.Throws<IOException>(() => source.Read(0, ref buffer));
    }

    [Fact]
    public void Open_PathTooLongForTheSystem_IsRefusedByName()
    {
        // Not a broken image: on another node the folder may have a shorter path.
        var samples = new SampleTableBuilder();
        samples.Add(Encoding.UTF8.GetBytes(new string('n', 4090) + ".jpg"), 7);
        var error = Assert.Throws<DataException>(() => new FileSource("/data", "/data", samples.Build()));
        Assert.Contains("has 4,100 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("shorter path", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, new FileSource("/", "/", samples.Build()).Count);
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        var source = SampleSource.Open(_folder.Write("a/1.jpg", "b/2.jpg").Path);
        byte[] buffer = [];
        for (var i = 0; i < 2; i++) source.Read(i, ref buffer);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 200; i++) source.Read(i % 2, ref buffer);
        }));
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

    private static void SetLength(string path, long length)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(length); // takes no room
    }

    private string Message() => Assert.Throws<DataException>(() => SampleSource.Open(_folder.Path)).Message;
}
