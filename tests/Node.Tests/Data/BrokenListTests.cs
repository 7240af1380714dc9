using Lockstep.Node.Data;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class BrokenListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-broken-").FullName;
    private readonly List<string> _warnings = [];

    [Fact]
    public void Add_Files_AreListedOnceUnderAHeader()
    {
        var list = List("node-0");
        Assert.True(list.Add("cat/a.jpg", "not a JPEG or PNG"));
        Assert.True(list.Add("name", "no header"));
        Assert.False(list.Add("cat/a.jpg", "not a JPEG or PNG"));
        Assert.Equal(["name\treason", "cat/a.jpg\tnot a JPEG or PNG", "name\tno header"], Lines(list));
    }

    [Fact]
    public void Add_NothingBroken_MakesNoFolder()
    {
        _ = List("node-0");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Add_AfterARestart_UnderAnotherName_ListsWhatIsNew()
    {
        List("host-17").Add("a.jpg", "broken");
        var list = List("host-18");
        Assert.False(list.Add("a.jpg", "broken"));
        Assert.True(list.Add("b.jpg", "broken"));
        Assert.Equal(["name\treason", "b.jpg\tbroken"], Lines(list));
    }

    [Fact]
    public void Add_WhatAnotherNodeHasListedMeanwhile_IsNotListedAgain()
    {
        var (one, two) = (List("one"), List("two"));
        one.Add("a.jpg", "broken");
        two.Add("b.jpg", "broken");
        one.Add("c.jpg", "broken");
        Assert.False(two.Add("a.jpg", "broken"));
        Assert.False(two.Add("c.jpg", "broken"));
        Assert.False(one.Add("b.jpg", "broken"));
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(_folder, BrokenList.FolderName)).Count());
    }

    [Fact]
    public void Add_AfterAKillTornALine_CutsItOffAndListsItAgain()
    {
        var list = List("node-0");
        list.Add("a.jpg", "broken");
        list.Add("b.jpg", "broken");
        using (var file = File.OpenWrite(list.FilePath)) file.SetLength(file.Length - 3);

        Assert.True(List("node-0").Add("b.jpg", "broken"));
        Assert.Equal(["name\treason", "a.jpg\tbroken", "b.jpg\tbroken"], Lines(list));
    }

    [Fact]
    public void Add_NameWithTabsAndSlashesInTheNode_StaysOneField()
    {
        var list = List("rack/7");
        list.Add("a\tb\n\\.jpg", "bro\tken");
        Assert.Equal(["name\treason", "a\\tb\\n\\\\.jpg\tbro\\tken"], Lines(list));
        Assert.False(List("rack/7").Add("a\tb\n\\.jpg", "broken"));
    }

    [Fact]
    public void Add_FolderCannotBeWritten_WarnsOnceAndGoesOn()
    {
        File.WriteAllText(Path.Combine(_folder, BrokenList.FolderName), "a file where the folder should be");
        var list = List("node-0");
        Assert.True(list.Add("a.jpg", "broken"));
        Assert.True(list.Add("b.jpg", "broken"));
        Assert.False(list.Add("b.jpg", "broken"));
        Assert.Contains("cannot be listed", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private BrokenList List(string node) => new(_folder, node, _warnings.Add);

    private static string[] Lines(BrokenList list) => File.ReadAllLines(list.FilePath);
}
