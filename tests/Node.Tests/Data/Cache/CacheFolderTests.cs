using Lockstep.Node.Data.Cache;
using Xunit;

namespace Lockstep.Node.Tests.Data.Cache;

public sealed class CacheFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("lockstep-folders-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Idle_SeveralCaches_LocksOneAtATime_SoThatTheirNodesFindThem()
    {
        foreach (var fingerprint in (string[])["aaaa", "bbbb", "cccc"]) CacheFolder.Claim(_root, fingerprint).Dispose();
        using var used = CacheFolder.Claim(_root, "dddd");
        using var own = CacheFolder.Claim(_root, "eeee");
        var seen = new List<string>();
        foreach (var path in own.Idle())
        {
            foreach (var before in seen)
            {
                using var theirs = CacheFolder.Claim(_root, Path.GetFileName(before)[..4]); // a node starts again meanwhile
                Assert.Equal(before, theirs.Path);
            }
            seen.Add(path);
        }
        Assert.Equal(["aaaa-0", "bbbb-0", "cccc-0"], seen.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }
}
