using Lockstep.Node.Checkpoints;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Checkpoints;

public sealed class DurableFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Publish_WritingFails_KeepsTheOldFile_AndNothingBesideIt()
    {
        var path = _folder.WriteText("a", "old");
        Assert.Throws<InvalidOperationException>(() => DurableFile.Publish(path, _ => throw new InvalidOperationException("a bug")));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFiles(_folder.Path));
    }

    [Fact]
    public void Publish_AnotherProcessIsWriting_LeavesItsFileAlone()
    {
        var path = _folder.PathOf("a");
        DurableFile.Publish(path, theirs =>
        {
            theirs.Write("theirs"u8);
            Assert.Throws<IOException>(() => DurableFile.Publish(path, _ => Assert.Fail("it is not ours to write")));
        });
        Assert.Equal("theirs", File.ReadAllText(path));
    }
}
