namespace Lockstep.Architecture.Tests;

/// <summary>The tree is formatted, and every file can be read in one go.</summary>
public sealed class FormatTests
{
    private const int MostLines = 400;

    [Fact]
    public async Task Tree_IsFormatted()
    {
        var (exit, output) = await Source.RunAsync("dotnet", "format", "whitespace", "Lockstep.slnx", "--verify-no-changes", "--no-restore");
        Assert.True(exit == 0, $"run 'dotnet format whitespace Lockstep.slnx':\n{output}");
    }

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
