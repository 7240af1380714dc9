using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>What is named is there, and two places that say the same say the same.</summary>
internal static partial class ConsistencyRules
{
    /// <summary>Kinds of which an object is there once in a cluster, for all runs.</summary>
    public static readonly string[] ClusterWide = ["Namespace", "PriorityClass", "ClusterRole", "ClusterRoleBinding"];

    public static IEnumerable<PolicyRule> All =>
    [
        new("ConfigMaps that pods mount are there",
            all => Volumes(all).Select(volume => volume.Text("configMap", "name")).Where(name => name.Length > 0 && all.Find("ConfigMap", name) is null),
            all => all.Node.VolumeAt("/etc/lockstep")!["configMap"]!["name"] = "lockstep-recipe"),
        new("claims that pods mount are there",
            all => Volumes(all).Select(volume => volume.Text("persistentVolumeClaim", "claimName")).Where(name => name.Length > 0 && all.Find("PersistentVolumeClaim", name) is null),
            all => all.Remove("PersistentVolumeClaim", "lockstep-runs")),
        new("volumes that containers mount are there",
            all => all.Pods.SelectMany(pod => pod.Containers.SelectMany(container => container.Items("volumeMounts")).Select(mount => mount.Text("name"))
                .Except(pod.Spec.Items("volumes").Select(volume => volume.Text("name"))).Except(pod.Owner.Items("spec", "volumeClaimTemplates").Select(claim => claim.Text("metadata", "name"))).Select(name => $"{pod}: {name}")),
            all => all.Coordinator.Owner["spec"]!.AsObject().Remove("volumeClaimTemplates")),
        new("$(NAMES) in arguments and variables are set before they are used",
            all => all.Pods.SelectMany(pod => pod.Containers.SelectMany(Undefined).Select(name => $"{pod}: {name}")),
            all => all.Node.Main["args"]!.AsArray().Add("Run:Folder=/runs/$(RUN)")),
        new("a variable is set once",
            all => all.Pods.SelectMany(pod => pod.Containers.SelectMany(container => container.Items("env").GroupBy(variable => variable.Text("name")).Where(group => group.Count() > 1).Select(group => $"{pod}: {group.Key}"))),
            all => all.Node.Main["env"]!.AsArray().Add(new JsonObject { ["name"] = "RUN_NAME", ["value"] = "other" })),
        new("a StatefulSet selects the pods that it makes",
            all => all.Documents.Where(document => document.Text("kind") is "StatefulSet" or "Deployment" && (document.At("spec", "selector").Map("matchLabels").Count == 0
                || !document.At("spec", "selector").Selects(document.Map("spec", "template", "metadata", "labels")))).Select(document => document.Text("metadata", "name")),
            all => all.Node.Template["metadata"]!["labels"]![Pod.ComponentLabel] = "nodes"),
        new("every pod says what it is",
            all => all.Pods.Where(pod => ((string[])["app.kubernetes.io/name", "app.kubernetes.io/part-of", Pod.ComponentLabel]).Any(label => !pod.Labels.ContainsKey(label))).Select(pod => pod.ToString()),
            all => all.Node.Template["metadata"]!["labels"]!.AsObject().Remove("app.kubernetes.io/name")),
        new("all is in one namespace, which is made",
            all => all.Documents.Where(document => !ClusterWide.Contains(document.Text("kind")) && document.Text("metadata", "namespace") != all.OfKind("Namespace").Single().Text("metadata", "name")).Select(document => $"{document.Text("kind")} {document.Text("metadata", "name")}"),
            all => all.One("Service", "lockstep-node")["metadata"]!["namespace"] = "default"),
        new("the first step waits for as many nodes as there are",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && Nodes(pod) != all.Node.Replicas).Select(pod => $"it waits for {Nodes(pod)}, there are {all.Node.Replicas}"),
            all => all.Node.Owner["spec"]!["replicas"] = 3),
        new("there is a microbatch for every node",
            all => all.Node.Replicas <= Microbatches(all) ? [] : [$"{all.Node.Replicas} nodes, {Microbatches(all)} microbatches"],
            all => all.Node.Owner["spec"]!["replicas"] = 100),
        new("coordinator and nodes have the same recipe and the same run",
            all => all.OurPods.Select(pod => $"{pod.VolumeAt("/etc/lockstep").Text("configMap", "name")} {pod.Variable("RUN_NAME").Text("value")}").Distinct().Skip(1),
            all => all.Node.Variable("RUN_NAME")!["value"] = "run-b"),
        new("whoever has telemetry says who it is, and whose pod",
            all => all.OurPods.Where(pod => pod.Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is not null
                && !(Resource(pod).Contains("k8s.namespace.name=$(OTEL_POD_NAMESPACE)") && Resource(pod).Contains($"service.instance.id={Speaker(pod)}") && pod.Variable("OTEL_SERVICE_NAME") is not null)).Select(pod => pod.ToString()),
            all => all.Node.Variable("OTEL_RESOURCE_ATTRIBUTES")!["value"] = "service.namespace=lockstep") { AndIn = "jobset-secured" },
        new("the coordinator's curves go on as the same ones on another machine, and in another pod",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && Resource(pod).Any(attribute =>
                attribute.Contains("$(OTEL_MACHINE)", StringComparison.Ordinal) || (pod.Job is not null && attribute.Contains("$(OTEL_POD_NAME)", StringComparison.Ordinal)))).Select(pod => pod.ToString()),
            all => all.Coordinator.Variable("OTEL_RESOURCE_ATTRIBUTES")!["value"] += ",k8s.node.name=$(OTEL_MACHINE)") { AndIn = "jobset-secured" },
        new("telemetry goes to a service that is there",
            all => all.OurPods.Select(pod => pod.Variable("OTEL_EXPORTER_OTLP_ENDPOINT").Text("value")).Where(address => address.Length > 0
                && all.Find("Service", new Uri(address).Host)?.Items("spec", "ports").Any(port => port.Number("port") == new Uri(address).Port) != true),
            all => all.Remove("Service", "lockstep-otel-collector")),
    ];

    private static IEnumerable<JsonObject> Volumes(Rendered all) => all.Pods.SelectMany(pod => pod.Spec.Items("volumes"));

    private static string[] Resource(Pod pod) => pod.Variable("OTEL_RESOURCE_ATTRIBUTES").Text("value").Split(',');

    // A pod of a Job has a name that ends in chance.
    private static string Speaker(Pod pod) => pod.Job is null ? "$(OTEL_POD_NAME)" : pod.Component == "node" ? pod.Setting("Node:Name") : "lockstep-coordinator-0";

    private static long Nodes(Pod coordinator) => long.Parse(coordinator.Variable("NODES").Text("value"), System.Globalization.CultureInfo.InvariantCulture);

    private static long Microbatches(Rendered all)
    {
        var recipe = all.Find("ConfigMap", all.Coordinator.VolumeAt("/etc/lockstep").Text("configMap", "name")).Text("data", "recipe.json");
        return JsonNode.Parse(recipe).Number("Run", "Microbatches") ?? JsonNode.Parse(Repository.Read("recipes/defaults.json")).Number("Run", "Microbatches")!.Value;
    }

    private static IEnumerable<string> Undefined(JsonObject container)
    {
        var known = new HashSet<string>();
        foreach (var variable in container.Items("env"))
        {
            foreach (var name in NamesIn(variable.Text("value")).Where(name => !known.Contains(name))) yield return name;
            known.Add(variable.Text("name"));
        }
        foreach (var name in container.Texts("args").SelectMany(NamesIn).Where(name => !known.Contains(name))) yield return name;
    }

    private static IEnumerable<string> NamesIn(string text) => Name().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Name();
}
