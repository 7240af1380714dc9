using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>Nothing can be reached but what the protocol needs, and that can.</summary>
internal static class NetworkRules
{
    private static readonly Dictionary<string, string> AnybodyLabels = new() { [Pod.ComponentLabel] = "anybody" };

    public static IEnumerable<PolicyRule> All =>
    [
        new("everything is denied that is not allowed",
            all => all.OfKind("NetworkPolicy").Any(policy => IsEmpty(policy.At("spec", "podSelector")) && policy.Texts("spec", "policyTypes").Order().SequenceEqual(["Egress", "Ingress"])
                && policy.At("spec", "ingress") is null && policy.At("spec", "egress") is null) ? [] : ["no policy denies all"],
            all => all.Remove("NetworkPolicy", "default-deny")),
        new("no policy allows whom or where it does not name",
            all => all.OfKind("NetworkPolicy").Where(policy => Rules(policy, "ingress", "from").Concat(Rules(policy, "egress", "to")).Any(rule => rule.Peers.Count == 0 || rule.Ports.Count == 0)).Select(policy => policy.Text("metadata", "name")),
            all => all.One("NetworkPolicy", "lockstep-node")["spec"]!["egress"] = new JsonArray(new JsonObject())),
        new("no policy allows addresses",
            all => all.OfKind("NetworkPolicy").Where(policy => Rules(policy, "ingress", "from").Concat(Rules(policy, "egress", "to")).Any(rule => rule.Peers.Any(peer => peer.ContainsKey("ipBlock")))).Select(policy => policy.Text("metadata", "name")),
            all => all.One("NetworkPolicy", "allow-dns")["spec"]!["egress"]![0]!["to"]!.AsArray().Add(new JsonObject { ["ipBlock"] = new JsonObject { ["cidr"] = "0.0.0.0/0" } })),
        new("no policy opens a run to whole namespaces",
            all => all.OfKind("NetworkPolicy").Where(policy => all.OurPods.Any(pod => policy.At("spec", "podSelector").Selects(pod.Labels))
                && Rules(policy, "ingress", "from").Any(rule => rule.Peers.Any(peer => peer.ContainsKey("namespaceSelector")))).Select(policy => policy.Text("metadata", "name")),
            all => all.One("NetworkPolicy", "lockstep-coordinator")["spec"]!["ingress"]![0]!["from"]!.AsArray().Add(new JsonObject { ["namespaceSelector"] = new JsonObject() })),
        Reaches("nodes reach the coordinator", all => all.Node, all => all.Coordinator, all => all.Coordinator.ListenPort, all => all.Remove("NetworkPolicy", "lockstep-coordinator")),
        Reaches("nodes reach each other", all => all.Node, all => all.Node, all => all.Node.ListenPort, all => all.One("NetworkPolicy", "lockstep-node")["spec"]!["egress"]!.AsArray().RemoveAt(1)),
        Reaches("telemetry reaches the collector", all => all.Node, all => all.Pods.SingleOrDefault(pod => pod.Component == "otel-collector") ?? all.Node, all => all.Pods.Any(pod => pod.Component == "otel-collector") ? 4317 : 7001, all => all.Remove("NetworkPolicy", "lockstep-telemetry")),
        new("nobody else reaches the coordinator or a node",
            all => all.OurPods.Where(pod => Allows(all, "ingress", "from", pod.Labels, AnybodyLabels, pod.ListenPort)).Select(pod => pod.ToString()),
            all => all.One("NetworkPolicy", "lockstep-node")["spec"]!["ingress"]![0]!["from"]![0]!["podSelector"] = new JsonObject()),
        new("no service and no policy leads to a port of health: probes need neither",
            all => all.OurPods.Where(pod => all.OfKind("NetworkPolicy").SelectMany(policy => Rules(policy, "ingress", "from")).SelectMany(rule => rule.Ports).Any(port => IsHealth(pod, port.Text("port")))
                || all.OfKind("Service").SelectMany(service => service.Items("spec", "ports")).Any(port => IsHealth(pod, port.Text("targetPort")))).Select(pod => pod.ToString()),
            all => all.One("NetworkPolicy", "lockstep-node")["spec"]!["ingress"]![0]!["ports"]!.AsArray().Add(new JsonObject { ["protocol"] = "TCP", ["port"] = 7003 })),
        new("the status page, which has no login, is there for `kubectl port-forward` alone: on loopback",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && !(Uri.TryCreate(pod.Setting("Cluster:StatusListen"), UriKind.Absolute, out var page) && page is { Scheme: "http", Host: "127.0.0.1", Port: > 1024 }
                && page.Port != pod.ListenPort && page.Port != pod.Health?.Port)).Select(pod => $"{pod}: {pod.Setting("Cluster:StatusListen")}"),
            all => all.Coordinator.Set("Cluster:StatusListen", "http://0.0.0.0:7080")),
        new("the coordinator calls nobody in the run",
            all => all.OurPods.Where(pod => pod.Component == "node" && Allows(all, "egress", "to", all.Coordinator.Labels, pod.Labels, pod.ListenPort)).Select(pod => pod.ToString()),
            all => all.One("NetworkPolicy", "lockstep-node")["spec"]!["podSelector"] = new JsonObject()),
        new("names can be resolved, by the cluster's own service",
            all => all.OfKind("NetworkPolicy").Any(policy => IsEmpty(policy.At("spec", "podSelector")) && Rules(policy, "egress", "to").Any(IsDns)) ? [] : ["no policy lets all pods ask the cluster's DNS and nobody else"],
            // What kustomize's includeSelectors would do.
            all => all.One("NetworkPolicy", "allow-dns")["spec"]!["egress"]![0]!["to"]![0]!["podSelector"]!["matchLabels"]!["app.kubernetes.io/name"] = "lockstep"),
        new("no service is open to the outside",
            all => all.OfKind("Service").Where(service => service.Text("spec", "type") is "NodePort" or "LoadBalancer" || service.Texts("spec", "externalIPs").Count > 0).Select(service => service.Text("metadata", "name"))
                .Concat(all.Documents.Where(document => document.Text("kind") is "Ingress" or "Gateway" or "HTTPRoute" or "GRPCRoute").Select(document => document.Text("kind"))),
            all => all.One("Service", "lockstep-coordinator")["spec"]!["type"] = "LoadBalancer"),
        new("nodes have names, also before they are ready",
            all => all.OfKind("Service").Any(service => service.Text("spec", "clusterIP") == "None" && service.Is(true, "spec", "publishNotReadyAddresses") && Targets(service, all.Node)) ? [] : ["no headless service does that"],
            all => all.One("Service", "lockstep-node")["spec"]!.AsObject().Remove("publishNotReadyAddresses")),
        new("a node advertises its pod's name below the headless service",
            all => all.OurPods.Where(pod => pod.Component == "node" && !AdvertisesItsName(pod)).Select(pod => $"{pod}: {pod.Setting("Node:Advertise")}"),
            all => all.Node.Owner["spec"]!["serviceName"] = "lockstep-nodes"),
        new("nodes dial the coordinator's service",
            all => all.OurPods.Where(pod => pod.Component == "node" && !(Uri.TryCreate(pod.Setting("Node:Coordinator"), UriKind.Absolute, out var address)
                && all.Find("Service", address.Host) is { } service && service.Items("spec", "ports").Any(port => port.Number("port") == address.Port) && Targets(service, all.Coordinator))).Select(pod => pod.ToString()),
            all => all.One("Service", "lockstep-coordinator")["spec"]!["ports"]![0]!["port"] = 7070),
    ];

    private static PolicyRule Reaches(string name, Func<Rendered, Pod> from, Func<Rendered, Pod> to, Func<Rendered, long> port, Action<Rendered> damage) => new(
        name,
        all => Allows(all, "egress", "to", from(all).Labels, to(all).Labels, port(all)) && Allows(all, "ingress", "from", to(all).Labels, from(all).Labels, port(all)) ? [] : [$"{from(all)} does not reach {to(all)} at {port(all)}"],
        damage);

    // Whether policies of the pods with these labels let those with the others through; both are in one namespace.
    private static bool Allows(Rendered all, string direction, string peers, IReadOnlyDictionary<string, string> self, IReadOnlyDictionary<string, string> other, long port) =>
        all.OfKind("NetworkPolicy").Where(policy => policy.At("spec", "podSelector").Selects(self)).SelectMany(policy => Rules(policy, direction, peers)).Any(rule =>
            rule.Peers.Any(peer => !peer.ContainsKey("namespaceSelector") && peer["podSelector"].Selects(other)) && rule.Ports.Any(allowed => allowed.Number("port") == port));

    private static IEnumerable<(IReadOnlyList<JsonObject> Peers, IReadOnlyList<JsonObject> Ports)> Rules(JsonObject policy, string direction, string peers) =>
        policy.Items("spec", direction).Select(rule => ((IReadOnlyList<JsonObject>)[.. rule.Items(peers)], (IReadOnlyList<JsonObject>)[.. rule.Items("ports")]));

    private static bool IsDns((IReadOnlyList<JsonObject> Peers, IReadOnlyList<JsonObject> Ports) rule) =>
        rule.Peers is [var peer] && peer["namespaceSelector"].Map("matchLabels").SequenceEqual([new("kubernetes.io/metadata.name", "kube-system")])
        && peer["podSelector"].Map("matchLabels").SequenceEqual([new("k8s-app", "kube-dns")]) && rule.Ports.All(port => port.Number("port") == 53) && rule.Ports.Count == 2;

    private static bool IsHealth(Pod pod, string port) => port == $"{pod.Health?.Port}" || pod.Main.Items("ports").Any(open => open.Text("name") == port && open.Number("containerPort") == pod.Health?.Port);

    private static bool IsEmpty(JsonNode? selector) => selector is JsonObject { Count: 0 };

    private static bool Targets(JsonObject service, Pod pod)
    {
        var selector = service.Map("spec", "selector");
        return selector.Count > 0 && selector.All(wanted => pod.Labels.GetValueOrDefault(wanted.Key) == wanted.Value)
            && service.Items("spec", "ports").Any(port => pod.Main.Items("ports").Any(open => open.Text("name") == port.Text("targetPort") && open.Number("containerPort") == pod.ListenPort));
    }

    private static bool AdvertisesItsName(Pod pod)
    {
        var domain = pod.Job is null ? pod.Owner.Text("spec", "serviceName") : pod.Owner.Text("spec", "network", "subdomain");
        var name = pod.Job is null ? "$(POD_NAME)" : "$(JOB_NAME)-$(POD_INDEX)";
        return pod.Setting("Node:Advertise") == $"{pod.Variable("SCHEME").Text("value")}://{name}.{domain}.$(POD_NAMESPACE).svc:{pod.ListenPort}" && pod.Setting("Node:Name") == name;
    }
}
