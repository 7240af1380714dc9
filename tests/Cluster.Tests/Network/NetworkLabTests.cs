namespace Lockstep.Cluster.Tests.Network;

/// <summary>Where a machine gives less than the lab needs, a test is skipped, not failed.</summary>
public sealed class NetworkLabTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-lab-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("netns add", 0)]
    [InlineData("type bridge", 1)]
    [InlineData("type veth", 2)]
    public async Task Create_WhereSomethingIsNotAllowed_IsNull_AndLeavesNothing(string refused, int made)
    {
        Assert.Null(await NetworkLab.CreateAsync(2, Ip(refused)));
        var asked = await File.ReadAllLinesAsync(Path.Combine(_folder, "asked"));
        Assert.Equal(made, asked.Count(line => line.StartsWith("netns delete", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Create_WhereSomethingElseFails_Throws() =>
        Assert.Contains("address add", (await Assert.ThrowsAsync<InvalidOperationException>(() => NetworkLab.CreateAsync(2, Ip("address add")))).Message);

    // A command that refuses one thing, does nothing, and writes down what it was asked for.
    private string[] Ip(string refused)
    {
        var path = Path.Combine(_folder, "ip");
        File.WriteAllText(path, $"echo \"$*\" >> '{_folder}/asked'\ncase \"$*\" in *'{refused}'*) exit 2;; esac\n");
        return ["/bin/sh", path];
    }
}
