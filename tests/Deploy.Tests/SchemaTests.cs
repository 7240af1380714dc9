using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Lockstep.Deploy.Tests.Manifests;
using YamlDotNet.Core;

namespace Lockstep.Deploy.Tests;

/// <summary>
/// Every object has the fields of Kubernetes' OpenAPI, of the right types and no others: the client's models, which are made from
/// it, are read strictly. A JobSet is no part of it; the Jobs in it are.
/// </summary>
public sealed class SchemaTests
{
    public static TheoryData<string> Overlay => [.. Overlays.All];

    [Theory, MemberData(nameof(Overlay))]
    public async Task Objects_HaveTheFieldsOfTheOpenApi(string overlay)
    {
        var documents = (await Overlays.RenderAsync(overlay)).Documents;
        var read = documents.Where(document => !IsForeign(document)).Concat(documents.SelectMany(Jobs)).Select(Read).ToList();
        Assert.True(read.Count >= 15, $"{read.Count} objects");
        Assert.All(read, item => Assert.NotEmpty(((IKubernetesObject<V1ObjectMeta>)item).Metadata.Name));
    }

    [Theory]
    [InlineData("""{"readinesProbe": {"grpc": {"port": 1}}}""")]
    [InlineData("""{"livenessProbe": {"grpc": {"port": "many"}}}""")]
    [InlineData("""{"securityContext": {"readOnlyRootFileSystem": true}}""")]
    public async Task Objects_WithAFieldOfAnotherNameOrType_AreRefused(string fields)
    {
        var damaged = (await Overlays.RenderAsync("cpu-small")).Copy();
        var container = damaged.Node.Main;
        foreach (var (key, value) in JsonNode.Parse(fields)!.AsObject()) container[key] = value!.DeepClone();
        Assert.ThrowsAny<YamlException>(() => Read(damaged.Node.Owner));
    }

    [Theory]
    [InlineData("jobset")]
    [InlineData("jobset-secured")]
    public async Task JobSet_HasWhatItsApiAsksFor(string overlay)
    {
        var set = Assert.Single((await Overlays.RenderAsync(overlay)).OfKind("JobSet"));
        Assert.Equal("jobset.x-k8s.io/v1alpha2", set.Text("apiVersion"));
        // Fields of JobSetSpec and ReplicatedJob of that version.
        Assert.Empty(((JsonObject)set["spec"]!).Select(field => field.Key).Except(["network", "successPolicy", "failurePolicy", "replicatedJobs", "suspend", "startupPolicy", "coordinator", "managedBy", "ttlSecondsAfterFinished"]));
        Assert.All(set.Items("spec", "replicatedJobs"), job => Assert.Equal(["name", "replicas", "template"], job.Select(field => field.Key).Order()));
        Assert.Empty(((JsonObject)set.At("spec", "network")!).Select(field => field.Key).Except(["enableDNSHostnames", "subdomain", "publishNotReadyAddresses"]));
    }

    private static bool IsForeign(JsonObject document) => document.Text("apiVersion").StartsWith("jobset.", StringComparison.Ordinal);

    private static IEnumerable<JsonObject> Jobs(JsonObject document) => document.Text("kind") != "JobSet" ? [] : document.Items("spec", "replicatedJobs").Select(job => new JsonObject
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "Job",
        ["metadata"] = new JsonObject { ["name"] = job.Text("name") },
        ["spec"] = job.At("template", "spec")!.DeepClone(),
    });

    // JSON is YAML.
    private static object Read(JsonObject document) => Assert.Single(KubernetesYaml.LoadAllFromString(document.ToJsonString(), strict: true));
}
