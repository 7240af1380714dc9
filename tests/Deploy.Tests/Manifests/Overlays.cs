using System.Collections.Concurrent;

namespace Lockstep.Deploy.Tests.Manifests;

/// <summary>deploy/k8s as `kubectl kustomize` renders it, which needs no cluster; and the manifests of deploy/k8s/jobs, which are applied beside a run.</summary>
internal static class Overlays
{
    /// <summary>The name of a run with everything of deploy/k8s/jobs beside it.</summary>
    public const string Jobs = "jobs";

    private const string JobsFolder = "deploy/k8s/jobs", RunBeside = "gpu";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Texts = new();

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(Repository.PathOf("deploy/k8s/overlays")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>The overlays, and <see cref="Jobs"/>.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Names, Jobs];

    /// <summary>An overlay as text; skips the test where kubectl is absent.</summary>
    public static Task<string> TextAsync(string overlay)
    {
        var kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kubectl is null, "kubectl is not here: it renders the overlays, without a cluster");
        return Texts.GetOrAdd(overlay, name => new(() => Repository.RunAsync(Repository.Root, Patience, kubectl!, "kustomize", $"deploy/k8s/overlays/{name}"))).Value;
    }

    /// <summary>An overlay, or <see cref="Jobs"/>.</summary>
    public static async Task<Rendered> RenderAsync(string name) => Rendered.Parse(name == Jobs
        ? string.Join("\n---\n", [await TextAsync(RunBeside), .. Directory.GetFiles(Repository.PathOf(JobsFolder), "*.yaml").Select(File.ReadAllText)])
        : await TextAsync(name));
}
