using Lockstep.Node.Data;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class ImageFolderSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockstep-data-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Open_ClassFolders_AreOrderedOrdinallyWithLabels()
    {
        Write("cat/b.JPEG", "cat/a.jpg", "dog/deep/x.PNG", "Zebra/1.jpeg", "cat-2/c.jpg", "cat/notes.txt", "empty/readme.md", ".hidden/h.jpg");
        var source = ImageFolderSource.Open(_folder.FullName);

        Assert.Equal(["Zebra/1.jpeg", "cat-2/c.jpg", "cat/a.jpg", "cat/b.JPEG", "dog/deep/x.PNG"], Names(source));
        Assert.Equal(["Zebra", "cat", "cat-2", "dog"], source.Classes);
        Assert.Equal([0, 2, 1, 1, 3], Enumerable.Range(0, source.Count).Select(i => source.LabelOf(i)!.Value));
    }

    [Fact]
    public void Open_FlatFolder_HasNoClasses()
    {
        Write("b.jpg", "a.png");
        var source = ImageFolderSource.Open(_folder.FullName);
        Assert.Equal(["a.png", "b.jpg"], Names(source));
        Assert.Empty(source.Classes);
        Assert.Null(source.LabelOf(0));
    }

    [Fact]
    public void Fingerprint_SameFilesElsewhere_IsEqual()
    {
        Write("a/1.jpg", "b/2.jpg");
        using var other = new ImageFolderSourceTests();
        other.Write("b/2.jpg", "a/1.jpg");
        var first = ImageFolderSource.Open(_folder.FullName).Fingerprint;
        Assert.Equal(first, ImageFolderSource.Open(other._folder.FullName + "/").Fingerprint);
        Assert.Matches("^[0-9a-f]{64}$", first);

        File.AppendAllText(Path.Join(_folder.FullName, "a/1.jpg"), "more");
        var longer = ImageFolderSource.Open(_folder.FullName).Fingerprint;
        Assert.NotEqual(first, longer);

        File.Move(Path.Join(_folder.FullName, "b/2.jpg"), Path.Join(_folder.FullName, "b/3.jpg"));
        Assert.NotEqual(longer, ImageFolderSource.Open(_folder.FullName).Fingerprint);
    }

    [Fact]
    public void Open_LinksToFiles_HaveTheTargetsSize()
    {
        Write("a/1.jpg");
        using var linked = new ImageFolderSourceTests();
        Directory.CreateDirectory(Path.Join(linked._folder.FullName, "a"));
        File.CreateSymbolicLink(Path.Join(linked._folder.FullName, "a/1.jpg"), Path.Join(_folder.FullName, "a/1.jpg"));
        Assert.Equal(ImageFolderSource.Open(_folder.FullName).Fingerprint, ImageFolderSource.Open(linked._folder.FullName).Fingerprint);
    }

    [Fact]
    public void Read_File_GivesItsBytesAndReusesTheBuffer()
    {
        Write("a/1.jpg");
        var source = ImageFolderSource.Open(_folder.FullName);
        byte[] buffer = [];
        var length = source.Read(0, ref buffer);
        Assert.Equal("a/1.jpg"u8, buffer.AsSpan(0, length));
        var same = buffer;
        source.Read(0, ref buffer);
        Assert.Same(same, buffer);
    }

    [Fact]
    public void Open_MissingFolder_NamesPathAndLayout()
    {
        var path = Path.Join(_folder.FullName, "absent");
        var e = Assert.Throws<DataException>(() => ImageFolderSource.Open(path));
        Assert.Contains($"no image folder '{path}'", e.Message, StringComparison.Ordinal);
        Assert.Contains("<folder>/<class>/<image>.jpg", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoImages_NamesTheExtensions()
    {
        Write("a/1.gif");
        var e = Assert.Throws<DataException>(() => ImageFolderSource.Open(_folder.FullName));
        Assert.Contains(".jpg, .jpeg, .png or .webp", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoPath_SaysSo() => Assert.Contains("No image folder is given", Assert.Throws<DataException>(() => ImageFolderSource.Open("")).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Names(ImageFolderSource source) => Enumerable.Range(0, source.Count).Select(source.NameOf);

    // Each file holds its own name.
    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            var path = Path.Join(_folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }
    }
}
