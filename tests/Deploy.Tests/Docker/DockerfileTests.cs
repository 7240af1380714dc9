using System.Text.RegularExpressions;

namespace Lockstep.Deploy.Tests.Docker;

/// <summary>The images as far as they can be looked at without an engine that builds them.</summary>
public sealed partial class DockerfileTests
{
    public static TheoryData<string, int> Images => new() { { "coordinator", 7000 }, { "node", 7001 }, { "node-cuda", 7001 } };

    [Theory, MemberData(nameof(Images))]
    public void Image_RunsAsANumberedUserThatIsNotRoot(string image, int port)
    {
        var user = Dockerfile.Whole(image).Last(instruction => instruction.Word == "USER").Text;
        Assert.Matches("^[1-9][0-9]+:[1-9][0-9]+$", user);
        Assert.True(port > 1024, "which needs no capability");
    }

    [Theory, MemberData(nameof(Images))]
    public void Image_AsksItselfHowItIs(string image, int port)
    {
        var all = Dockerfile.Whole(image);
        Assert.Contains(all, instruction => instruction.Word == "EXPOSE" && instruction.Text == $"{port}");
        var check = Assert.Single(all, instruction => instruction.Word == "HEALTHCHECK").Text;
        // In plain, by the container alone: the gRPC port may want certificates.
        var health = $"http://127.0.0.1:{port + 2}";
        Assert.EndsWith($"CMD [\"/app/lockstep\", \"health\", \"{health}\"]", check);
        Assert.Contains(all, instruction => instruction.Word == "ENV" && instruction.Text == $"LOCKSTEP_{(image == "coordinator" ? "Cluster" : "Node")}__HealthListen={health}");
    }

    [Theory, MemberData(nameof(Images))]
    public void Image_StartsTheToolItself_ForSignalsToReachIt(string image, int port)
    {
        Assert.Equal("[\"/app/lockstep\"]", Dockerfile.Whole(image).Last(instruction => instruction.Word == "ENTRYPOINT").Text);
        Assert.Equal("SIGTERM", Dockerfile.Whole(image).Last(instruction => instruction.Word == "STOPSIGNAL").Text);
        Assert.NotEqual(0, port);
    }

    [Theory, MemberData(nameof(Images))]
    public void Image_SaysWhatItIs(string image, int port)
    {
        var labels = string.Join(' ', Dockerfile.Whole(image).Where(instruction => instruction.Word == "LABEL").Select(instruction => instruction.Text));
        Assert.Contains($"org.opencontainers.image.title=\"lockstep-{image}\"", labels);
        foreach (var key in (string[])["description", "version", "revision"]) Assert.Contains($"org.opencontainers.image.{key}=", labels);
        Assert.NotEqual(0, port);
    }

    [Fact]
    public void FromImages_HaveAVersionOfOurs()
    {
        foreach (var stage in Dockerfile.Stages.Where(stage => stage.From.Contains('/', StringComparison.Ordinal)))
            Assert.StartsWith("mcr.microsoft.com/dotnet/", stage.From);
        Assert.Contains("ARG DOTNET_VERSION=10.0\n", Repository.Read(Dockerfile.Path));
        Assert.All(Dockerfile.Stages.Where(stage => stage.From.Contains('/', StringComparison.Ordinal)), stage => Assert.Contains(":${DOTNET_VERSION}-noble", stage.From));
    }

    [Fact]
    public void CopiedFiles_AreThere_AndNotIgnored()
    {
        var copied = Copied().ToList();
        Assert.Contains("src/", copied);
        Assert.All(copied, path => Assert.True(Path.Exists(Repository.PathOf(path)), path));

        var ignore = Repository.Read(".dockerignore").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.Equal("*", ignore[0]);
        Assert.Equal(copied.Order(), ignore.Where(line => line[0] == '!').Select(line => line[1..]).Order());
        Assert.Contains("**/bin/", ignore);
        Assert.Contains("**/obj/", ignore);
    }

    [Fact]
    public void NodeImages_HaveTheEnvironmentOfTheLauncher()
    {
        var set = string.Join(' ', Dockerfile.Whole("node").Where(instruction => instruction.Word == "ENV").Select(instruction => instruction.Text));
        var exports = Export().Matches(Repository.Read("lockstep")).SelectMany(line => Assignment().Matches(line.Value)).Select(match => $"{match.Groups[1].Value}={match.Groups[2].Value}{match.Groups[3].Value}").ToList();
        Assert.Contains("OMP_NUM_THREADS=1", exports);
        Assert.Contains("MALLOC_TOP_PAD_=268435456", exports);
        Assert.All(exports.Where(export => export != "DOTNET_NOLOGO=1"), export => Assert.Contains($" {export} ", $" {set} "));
    }

    [Fact]
    public void FreshVolume_BelongsToTheCoordinatorsUser() =>
        Assert.Contains(Dockerfile.Whole("coordinator"), instruction => instruction.Word == "COPY" && instruction.Text == "--from=source --chown=1654:1654 /journal /journal");

    // Takes minutes: a build from nothing. Where the feed lacks the real packages, with the stand-ins, which are copied as well. CUDA's
    // packages have several GB, which no test fetches: its command is tried with the stand-ins, or where they are in NuGet's folder already.
    [Theory, Trait("Category", "Long")]
    [InlineData("publish-coordinator")]
    [InlineData("publish-node")]
    [InlineData("publish-node-cuda")]
    public async Task Publish_WithNothingButWhatIsCopied_MakesATool(string stage)
    {
        var isCompat = Repository.Read(".lockstep/Packages.props").Contains(">compat<", StringComparison.Ordinal);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Assert.SkipWhen(stage == "publish-node-cuda" && !isCompat && !Directory.Exists(Path.Combine(packages, "torchsharp-cuda-linux")), "TorchSharp-cuda-linux was never fetched here, and is too large for a test");
        var context = Directory.CreateTempSubdirectory("lockstep-docker-").FullName;
        try
        {
            foreach (var path in isCompat ? Copied().Append("compat/") : Copied()) Copy(path, context);
            var command = Assert.Single(Dockerfile.Stage(stage).Instructions, instruction => instruction.Word == "RUN").Text;
            command = Mount().Replace(command, "").Replace("-o /app", $"-o {Path.Combine(context, "app")}", StringComparison.Ordinal);
            if (isCompat) command = command.Replace("LockstepPackages=nuget", "LockstepPackages=compat", StringComparison.Ordinal);
            Assert.StartsWith("dotnet publish src/Cli/Lockstep.Cli.csproj ", command);
            await Repository.RunAsync(context, TimeSpan.FromMinutes(9), "dotnet", [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1), "-nodeReuse:false"]);

            var tool = Path.Combine(context, "app", "lockstep");
            Assert.Contains("dino-cifar10", await Repository.RunAsync(context, TimeSpan.FromMinutes(1), tool, "recipes"));
            Assert.Contains("--service", await Repository.RunAsync(context, TimeSpan.FromMinutes(1), tool, "health", "--help"));
        }
        finally
        {
            Directory.Delete(context, recursive: true);
        }
    }

    // Of the repository, not of another stage.
    private static IEnumerable<string> Copied() => Dockerfile.Stages.SelectMany(stage => stage.Instructions)
        .Where(instruction => instruction.Word == "COPY" && !instruction.Text.Contains("--from=", StringComparison.Ordinal)).SelectMany(instruction => instruction.Text.Split(' ')[..^1]);

    private static void Copy(string path, string context)
    {
        var (from, to) = (Repository.PathOf(path), Path.Combine(context, path));
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, file);
            if (relative.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, relative))!);
            File.Copy(file, Path.Combine(to, relative));
        }
    }

    [GeneratedRegex(@"--mount=\S+ ")]
    private static partial Regex Mount();

    [GeneratedRegex("^export .*$", RegexOptions.Multiline)]
    private static partial Regex Export();

    // NAME=value, and NAME=${NAME:-value}.
    [GeneratedRegex(@"(\w+)=(?:\$\{\w+:-([^}]+)\}|([^\s$]+))")]
    private static partial Regex Assignment();
}
