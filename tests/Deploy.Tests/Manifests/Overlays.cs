using System.Collections.Concurrent;

namespace Lockstep.Deploy.Tests.Manifests;

/// <summary>deploy/k8s as `kubectl kustomize` renders it, which needs no cluster.</summary>
internal static class Overlays
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Texts = new();

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(Repository.PathOf("deploy/k8s/overlays")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>An overlay as text; skips the test where kubectl is absent.</summary>
    public static Task<string> TextAsync(string overlay)
    {
        var kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kubectl is null, "kubectl is not here: it renders the overlays, without a cluster");
        return Texts.GetOrAdd(overlay, name => new(() => Repository.RunAsync(Repository.Root, Patience, kubectl!, "kustomize", $"deploy/k8s/overlays/{name}"))).Value;
    }

    public static async Task<Rendered> RenderAsync(string overlay) => Rendered.Parse(await TextAsync(overlay));
}
