using System.Text.Json.Nodes;

namespace Lockstep.Deploy.Tests.Manifests;

/// <summary>The objects of an overlay.</summary>
internal sealed class Rendered(IReadOnlyList<JsonObject> documents)
{
    private readonly List<JsonObject> _documents = [.. documents];

    public IReadOnlyList<JsonObject> Documents => _documents;

    public IEnumerable<Pod> Pods => _documents.SelectMany(PodsOf);

    /// <summary>Pods of coordinator and nodes.</summary>
    public IEnumerable<Pod> OurPods => Pods.Where(pod => pod.IsOurs);

    public Pod Coordinator => Pods.Single(pod => pod.Component == "coordinator");

    public Pod Node => Pods.Single(pod => pod.Component == "node");

    public static Rendered Parse(string yaml) => new([.. Yaml.Parse(yaml).OfType<JsonObject>()]);

    public IEnumerable<JsonObject> OfKind(string kind) => _documents.Where(document => document.Text("kind") == kind);

    public JsonObject? Find(string kind, string name) => OfKind(kind).FirstOrDefault(document => document.Text("metadata", "name") == name);

    public JsonObject One(string kind, string name) => Find(kind, name) ?? throw new InvalidOperationException($"there is no {kind} {name}");

    /// <summary>Takes an object away, for a mutation.</summary>
    public void Remove(string kind, string name) => _documents.Remove(One(kind, name));

    /// <summary>Adds an object, for a mutation.</summary>
    public void Add(string yaml) => _documents.AddRange(Yaml.Parse(yaml).OfType<JsonObject>());

    public Rendered Copy() => new([.. _documents.Select(document => (JsonObject)document.DeepClone())]);

    private static IEnumerable<Pod> PodsOf(JsonObject document) => document.Text("kind") switch
    {
        "StatefulSet" or "Deployment" => [new(document, (JsonObject)document.At("spec", "template")!, null)],
        "Job" => [new(document, (JsonObject)document.At("spec", "template")!, (JsonObject)document["spec"]!)],
        "Pod" => [new(document, document, null)],
        "JobSet" => document.Items("spec", "replicatedJobs").Select(job => new Pod(document, (JsonObject)job.At("template", "spec", "template")!, (JsonObject)job.At("template", "spec")!)),
        _ => [],
    };
}
