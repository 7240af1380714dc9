namespace Lockstep.Architecture.Tests;

/// <summary>Every file can be read in one go, and the README is true of the tool. Formatting is a matter of the build (IDE0055).</summary>
public sealed class FormatTests
{
    private const int MostLines = 400;

    [Fact]
    public void Files_AreShortEnoughToRead()
    {
        var tooLong = new[] { "src", "compat", "tests" }
            .SelectMany(folder => new[] { "*.cs", "*.cpp", "*.proto" }.SelectMany(pattern => Source.Files(folder, pattern)))
            .Where(f => Source.Read(f).AsSpan().Count('\n') > MostLines);
        Assert.Empty(tooLong);
    }

    [Theory]
    [InlineData("lockstep")]
    [InlineData(".ci/run")]
    public async Task Launcher_HasTheRunBit(string file)
    {
        var (exit, _) = await Source.RunAsync("test", "-x", file);
        Assert.Equal(0, exit);
    }

    [Fact]
    public void Readme_NamesOnlyCommandsThatTheToolHas()
    {
        var program = Source.Read("src/Cli/Program.cs");
        var readme = Source.Read("README.md");
        foreach (var line in readme.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("./lockstep ", StringComparison.Ordinal)))
        {
            var command = line.Split(' ')[1];
            var known = command is "test" or "setup" || program.Contains($"{command}Command.Create()", StringComparison.OrdinalIgnoreCase);
            Assert.True(known, $"README says '{line}', but the tool has no command '{command}'");
        }
    }
}
