using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Data.Sources;

public sealed class ListFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_List_KeepsTheOrderOfItsLines()
    {
        _folder.Write("x/b.jpg", "x/a.jpg", "c d.png");
        var source = Open("# my images\nx/b.jpg\n\n./c d.png\r\n   \nx/a.jpg");
        Assert.Equal(["x/b.jpg", "c d.png", "x/a.jpg"], DataFolder.Names(source));
        Assert.Empty(source.Classes);
        Assert.Equal("x/a.jpg", DataFolder.Text(source, 2));
        Assert.Equal([0L], source.ShardStarts);
    }

    [Fact]
    public void Open_ListWithClasses_NumbersThemOrdinally()
    {
        var source = Open("2.jpg\tdog\n1.jpg\tcat\n3.jpg\tdog\n", "1.jpg", "2.jpg", "3.jpg");
        Assert.Equal(["cat", "dog"], source.Classes);
        Assert.Equal([1, 0, 1], DataFolder.Labels(source));
    }

    [Fact]
    public void Open_ListOfClassFolders_TakesTheirNames()
    {
        var source = Open("dog/1.jpg\ncat/2.jpg\n", "cat/2.jpg", "dog/1.jpg");
        Assert.Equal(["cat", "dog"], source.Classes);
        Assert.Equal([1, 0], DataFolder.Labels(source));
    }

    [Fact]
    public void Open_ListOfAllInOrder_IsTheFolder()
    {
        var source = Open("a/1.jpg\nb/2.jpg\n", "a/1.jpg", "b/2.jpg");
        Assert.Equal(SampleSource.Open(_folder.Path).Fingerprint, source.Fingerprint);
    }

    [Fact]
    public void Open_MissingFiles_NamesTheFirstTenWithTheirLines()
    {
        var message = Message(string.Join('\n', Enumerable.Range(1, 12).Select(i => $"gone-{i}.jpg")) + "\nhere.jpg", "here.jpg");
        Assert.Contains("12 lines that cannot be used", message, StringComparison.Ordinal);
        Assert.Contains("line 1: 'gone-1.jpg' is missing", message, StringComparison.Ordinal);
        Assert.Contains("line 10: 'gone-10.jpg' is missing; and more", message, StringComparison.Ordinal);
        Assert.DoesNotContain("gone-11", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/a.jpg", "absolute")]
    [InlineData("../a.jpg", "begins with '.'")]
    [InlineData("b/../a.jpg", "begins with '.'")]
    [InlineData("notes.txt", "does not end in .jpg, .jpeg, .png or .webp")]
    [InlineData("here.jpg\t", "no class")]
    public void Open_LineThatCannotBeUsed_SaysWhy(string line, string why) => Assert.Contains(why, Message(line, "here.jpg"), StringComparison.Ordinal);

    [Fact]
    public void Open_SomeClasses_AreRefused() =>
        Assert.Contains("gives a class to 1 of 2", Message("1.jpg\tcat\n2.jpg\n", "1.jpg", "2.jpg"), StringComparison.Ordinal);

    [Fact]
    public void Open_DanglingLink_SaysWhereItLeads()
    {
        File.CreateSymbolicLink(_folder.PathOf("1.jpg"), _folder.PathOf("nowhere.jpg"));
        Assert.Contains("'1.jpg' is a link to", Message("1.jpg"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LinkToItself_LeadsNowhere()
    {
        File.CreateSymbolicLink(_folder.PathOf("1.jpg"), "1.jpg");
        Assert.Contains("'1.jpg' is a link to '1.jpg', which leads to no file", Message("1.jpg"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EmptyList_SaysHowALineLooks() => Assert.Contains("a TAB and the class", Message("# nothing\n"), StringComparison.Ordinal);

    private StoredSource Open(string lines, params string[] files) => SampleSource.Open(_folder.Write(files).WriteText("list.txt", lines));

    private string Message(string lines, params string[] files) => Assert.Throws<DataException>(() => Open(lines, files)).Message;
}
