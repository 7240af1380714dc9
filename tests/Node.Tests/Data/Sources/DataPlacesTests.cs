using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Sources;

public sealed class DataPlacesTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_NoPath_SaysSo() => Assert.Contains("No image folder is given", Message(""), StringComparison.Ordinal);

    [Fact]
    public void Open_NothingThere_NamesPathAndForms()
    {
        var message = Message(_folder.PathOf("absent"));
        Assert.Contains($"no image folder, list or shard '{_folder.PathOf("absent")}'", message, StringComparison.Ordinal);
        Assert.Contains("<folder>/<class>/<image>.jpg", message, StringComparison.Ordinal);
        Assert.Contains("name-{000000..000146}.tar", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.tar.gz", "is compressed")]
    [InlineData("a.tgz", "is compressed")]
    [InlineData("a.csv", "is nothing that images are read from")]
    public void Open_OtherFile_IsRefusedWithTheReason(string name, string reason) =>
        Assert.Contains(reason, Message(_folder.Write(name).PathOf(name)), StringComparison.Ordinal);

    [Fact]
    public void Open_FolderOfShardsAndImages_AsksWhichAreMeant()
    {
        var message = Message(_folder.Write("a.tar", "cat/1.jpg").Path);
        Assert.Contains("a.tar", message, StringComparison.Ordinal);
        Assert.Contains("move them to a folder of their own", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ProgressThatThrows_EndsTheListing()
    {
        for (var i = 0; i < 1000; i++) _folder.Write($"{i}.jpg");
        Assert.Throws<OperationCanceledException>(() => SampleSource.Open(_folder.Path, progress: _ => throw new OperationCanceledException()));
    }

    private static string Message(string path) => Assert.Throws<DataException>(() => SampleSource.Open(path)).Message;
}
