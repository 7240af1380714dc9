using System.Diagnostics;
using System.Text.Json;

namespace Lockstep.Architecture.Tests;

/// <summary>The script ./lockstep, in a repository that it has set up.</summary>
public sealed class LauncherTests
{
    private static readonly string Launcher = Path.Combine(Source.Root, "lockstep");

    [Theory]
    [InlineData("setup --nonsense", "unknown option of setup: --nonsense")]
    [InlineData("setup --packages other", "--packages wants auto, nuget, cuda or compat, not 'other'")]
    [InlineData("test --nonsense", "unknown option of test: --nonsense")]
    [InlineData("test --project None.Tests", "--project wants one of Architecture.Tests")]
    public async Task UnknownOption_FailsWithWhatIsKnown(string arguments, string message)
    {
        var (exit, output) = await Source.RunAsync(Launcher, arguments.Split(' '));
        Assert.Equal(1, exit);
        Assert.Contains(message, output);
    }

    [Fact]
    public async Task PathWithoutDotnet_FailsWithTheRemedy()
    {
        using var programs = new TemporaryFolder();
        foreach (var program in Directory.EnumerateFiles("/usr/bin").Where(p => Path.GetFileName(p) != "dotnet"))
            File.CreateSymbolicLink(Path.Combine(programs.Path, Path.GetFileName(program)), program);
        var (exit, output) = await Source.RunAsync("env", $"PATH={programs.Path}", Launcher, "recipes");
        Assert.Equal(1, exit);
        Assert.Contains("dotnet is not on the PATH. Install the .NET SDK 10.0", output);
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.30", "", "auto", 0, "older than TorchSharp wants", "compat")]
    [InlineData("GLIBCXX_3.4.30", "", "nuget", 1, "Use Debian 13, Ubuntu 24.04 or later", "")]
    [InlineData("GLIBCXX_3.4.30", "nuget", "", 1, "Use Debian 13, Ubuntu 24.04 or later", "nuget")]
    [InlineData("GLIBCXX_3.4.30", "", "compat", 0, "", "compat")]
    [InlineData("GLIBCXX_3.4.32", "", "nuget", 0, "", "nuget")]
    [InlineData("GLIBCXX_3.4.32", "nuget", "", 0, "", "nuget")]
    [InlineData("GLIBCXX_3.4.32", "", "cuda", 0, "", "cuda")]
    [InlineData("GLIBCXX_3.4.32", "compat", "cuda", 0, "", "cuda")]
    [InlineData("GLIBCXX_3.4.32", "cuda", "", 0, "", "cuda")]
    [InlineData("GLIBCXX_3.4.30", "", "cuda", 1, "Use Debian 13, Ubuntu 24.04 or later", "")]
    public async Task Packages_OnASystemsCxxLibrary_AreThoseThatRun(string has, string remembered, string wanted, int exit, string message, string chosen)
    {
        using var system = new TemporaryFolder();
        var (ldconfig, library) = (Path.Combine(system.Path, "ldconfig"), Path.Combine(system.Path, "libstdc++.so.6"));
        await File.WriteAllTextAsync(library, $"\0{has}\0", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(ldconfig, $"#!/bin/sh\nprintf '\\tlibstdc++.so.6 (libc6) => /32-bit\\n\\tlibstdc++.so.6 (libc6,x86-64) => {library}\\n'\n", TestContext.Current.CancellationToken);
        await Source.RunAsync("chmod", "+x", ldconfig);
        var props = Path.Combine(system.Path, "Packages.props");
        if (remembered != "") await File.WriteAllTextAsync(props, $"<!-- chosen: {remembered} --><Project />", TestContext.Current.CancellationToken);
        const string Choose = "set -euo pipefail; root=$1; source \"$root/tools/setup.sh\"; state=$0; PATH=$0:$PATH; choose_packages \"$2\"";
        var (status, output) = await Source.RunAsync("bash", "-c", Choose, system.Path, Source.Root, wanted);
        Assert.Equal((exit, chosen != ""), (status, File.Exists(props)));
        if (message == "") Assert.Equal("", output);
        Assert.Contains(message, output);
        if (chosen == "") return;
        var written = await File.ReadAllTextAsync(props, TestContext.Current.CancellationToken);
        Assert.Contains($"<!-- chosen: {chosen} -->", written);
        if (chosen == remembered) return; // nothing was written
        Assert.Contains($">{(chosen == "cuda" ? "nuget" : chosen)}</LockstepPackages>", written);
        Assert.Equal(chosen == "cuda", written.Contains(">TorchSharp-cuda-linux</TorchSharpPackage>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Libtorch_ThatWasNamed_IsRemembered_UntilSetupIsRunWithoutIt()
    {
        using var folder = new TemporaryFolder();
        const string Choose = """
            set -euo pipefail; root=$1; source "$root/tools/setup.sh"; state=$0; packages=compat
            say_it() { echo "${LIBTORCH:-none}"; }
            (choose_libtorch ""; say_it); (LIBTORCH=/opt/one choose_libtorch ""); (choose_libtorch ""; say_it); (choose_libtorch compat; say_it); (choose_libtorch ""; say_it)
            """;

        var (exit, output) = await Source.RunAsync("env", "-u", "LIBTORCH", "bash", "-c", Choose, folder.Path, Source.Root);

        Assert.Equal((0, "none\n/opt/one\nnone\nnone\n"), (exit, output));
    }

    [Fact]
    public async Task Output_IsTheToolsAlone_ThroughALinkFromAnotherFolder()
    {
        SkipUnlessSetUp();
        using var elsewhere = new TemporaryFolder();
        File.CreateSymbolicLink(Path.Combine(elsewhere.Path, "a link"), Launcher);
        var (exit, output) = await Source.RunAsync("bash", "-c", "cd \"$0\" && './a link' recipes dino-cifar10 2>messages", elsewhere.Path);
        Assert.True(exit == 0, File.ReadAllText(Path.Combine(elsewhere.Path, "messages")));
        using var recipe = JsonDocument.Parse(output);
        Assert.Equal("dino", recipe.RootElement.GetProperty("Method").GetString());
    }

    [Fact]
    public async Task Tool_RunsInTheUsersFolder()
    {
        SkipUnlessSetUp();
        using var elsewhere = new TemporaryFolder();
        File.Copy(Path.Combine(Source.Root, "recipes/dino-cifar10.json"), Path.Combine(elsewhere.Path, "mine.json"));
        var (exit, output) = await Source.RunAsync("bash", "-c", "cd \"$0\" && \"$1\" recipes mine.json", elsewhere.Path, Launcher);
        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task SecondStart_IsQuickAndSaysNothing()
    {
        SkipUnlessSetUp();
        await Source.RunAsync(Launcher, "recipes");
        var watch = Stopwatch.StartNew();
        var (exit, output) = await Source.RunAsync(Launcher, "recipes");
        Assert.True(exit == 0, output);
        Assert.DoesNotContain("lockstep:", output);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static void SkipUnlessSetUp() => Assert.SkipUnless(
        File.Exists(Path.Combine(Source.Root, ".lockstep/built")), "this repository has not been set up: run ./lockstep setup, then ./lockstep test");

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("lockstep test ").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
