using System.Text.RegularExpressions;
using Lockstep.Cli.Recipes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests;

/// <summary>What manifests tell coordinator and nodes, as the tool itself reads it.</summary>
public sealed partial class SettingsTests : IDisposable
{
    private const string Prefix = "LOCKSTEP_";
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-deploy-").FullName;

    public static TheoryData<string> Overlay => [.. Overlays.Names];

    [Theory, MemberData(nameof(Overlay))]
    public async Task RecipeAndSettings_AreAccepted(string overlay)
    {
        var rendered = await Overlays.RenderAsync(overlay);
        var loaded = rendered.OurPods.ToDictionary(pod => pod.Component, pod => RecipeLoader.Load(Recipe(rendered, pod), Settings(pod)));

        Assert.Equal(loaded["coordinator"].Hash, loaded["node"].Hash); // or the nodes are refused
        Assert.Equal(loaded["coordinator"].Run.Folder, loaded["node"].Run.Folder);
        Assert.Equal(overlay is "gpu" or "secured" ? "cuda" : "cpu", loaded["node"].Node.Device);
        Assert.Equal("handover", loaded["coordinator"].Cluster.OnTerminate);
        Assert.Equal("http://127.0.0.1:7080", loaded["coordinator"].Cluster.StatusListen);
        Assert.True(loaded["node"].Node.ReconnectTimeoutSeconds >= 1800, "a rescheduled coordinator is waited for");
    }

    [Fact]
    public async Task Settings_OfAnotherName_AreRefused()
    {
        var rendered = (await Overlays.RenderAsync("spot")).Copy();
        rendered.Node.Main["args"]!.AsArray().Add("Node:Listens=http://0.0.0.0:7001");

        var refused = Assert.Throws<RecipeException>(() => RecipeLoader.Load(Recipe(rendered, rendered.Node), Settings(rendered.Node)));

        Assert.Contains("unknown key Node:Listens; did you mean Node:Listen?", refused.Faults);
    }

    [Theory, MemberData(nameof(Overlay))]
    public async Task Options_AreThoseOfTheCommands(string overlay)
    {
        foreach (var pod in (await Overlays.RenderAsync(overlay)).OurPods)
        {
            var help = await Repository.RunAsync(_folder, TimeSpan.FromMinutes(1), Repository.PathOf("src/Cli/bin/Release/net10.0/lockstep"), pod.Arguments[0], "--help");
            Assert.All(pod.Arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains($"{option} ", help));
        }
    }

    [Fact]
    public async Task ExportJob_HasOptionsOfTheCommand_AndWritesIntoTheRunFolder()
    {
        var rendered = await Overlays.RenderAsync(Overlays.Jobs);
        var job = rendered.Pods.Single(pod => pod.Owner.Text("kind") == "Job");
        var help = await Repository.RunAsync(_folder, TimeSpan.FromMinutes(1), Repository.PathOf("src/Cli/bin/Release/net10.0/lockstep"), job.Arguments[0], "--help");
        Assert.All(job.Arguments.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains($"{option} ", help));
        Assert.Equal(rendered.Coordinator.Setting("Run:Folder"), job.Arguments[1]);
        Assert.StartsWith(job.Arguments[1] + "/", job.Option("--output"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Recipe(Rendered rendered, Pod pod)
    {
        var path = Path.Combine(_folder, $"{pod.Component}.json");
        File.WriteAllText(path, rendered.One("ConfigMap", pod.VolumeAt("/etc/lockstep").Text("configMap", "name")).Text("data", "recipe.json"));
        return path;
    }

    // LOCKSTEP_Section__Key of the environment, then Section:Key=value of the command line.
    private static List<string> Settings(Pod pod) =>
    [
        .. pod.Main.Items("env").Where(variable => variable.Text("name").StartsWith(Prefix, StringComparison.Ordinal))
            .Select(variable => $"{variable.Text("name")[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)}={variable.Text("value")}"),
        .. pod.Arguments.Where(argument => SectionKey().IsMatch(argument)).Select(argument => Variable().Replace(pod.Resolved(argument), "lockstep-node-0")),
    ];

    [GeneratedRegex("^[A-Z][A-Za-z]*:[A-Za-z]+=")]
    private static partial Regex SectionKey();

    // What only a cluster knows.
    [GeneratedRegex(@"\$\(\w+\)")]
    private static partial Regex Variable();
}
