using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>Mutual TLS and the join token, by coordinator and nodes or by neither: their files come from secrets, which stand in no manifest.</summary>
internal static class TlsRules
{
    private const string Component = "deploy/k8s/components/security/", Prefix = "LOCKSTEP_Security__";
    private const long GroupReads = 0b100_100_000; // 0440

    // Under which names cert-manager and `kubectl create secret tls` keep them.
    private static readonly (string Key, string File)[] Files = [("Ca", "ca.crt"), ("Certificate", "tls.crt"), ("Key", "tls.key"), ("TokenFile", "token")];
    private static readonly JsonNode[] Certificates = [.. Yaml.Parse(Repository.Read(Component + "certificates.yaml")).OfType<JsonNode>()];

    public static IEnumerable<PolicyRule> All =>
    [
        Ours("addresses are https with certificates, and http without",
            pod => Addresses(pod).All(address => Scheme(address) == (IsSecured(pod) ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)), pod => pod.Variable("SCHEME")!["value"] = "http"),
        new("all processes of a run have certificates, or none has",
            all => all.OurPods.Select(IsSecured).Distinct().Skip(1).Select(_ => "some have, some have not"), all => Forget(all.Node, "Certificate")) { In = "secured", AndIn = "jobset-secured" },
        Ours("whoever has certificates has the authority, the key and the token too, each in a secret", pod => !IsSecured(pod) || Files.All(file => IsInSecret(pod, file.Key, file.File)), pod => Forget(pod, "TokenFile")),
        Ours("coordinator and nodes show certificates of their own", pod => !IsSecured(pod) || SecretOf(pod) == $"lockstep-{pod.Component}-tls", pod => Secrets(pod).First()["secret"]!["secretName"] = "lockstep-coordinator-tls"),
        Ours("secrets are mounted read-only", pod => Mounts(pod).All(mount => mount.Is(true, "readOnly")), pod => Mounts(pod).First().Remove("readOnly")),
        Ours("secrets are mounted whole, so that renewed ones are seen", pod => Mounts(pod).All(mount => !mount.ContainsKey("subPath")), pod => Mounts(pod).First()["subPath"] = "tls.key"),
        Ours("secrets are read by root and the pod's group alone", pod => Secrets(pod).All(volume => volume.Number("secret", "defaultMode") == GroupReads), pod => Secrets(pod).First()["secret"]!["defaultMode"] = 0b110_100_100),
        new("no secret stands in a manifest",
            all => all.Documents.Where(document => document.Text("kind") == "Secret" || document.ToJsonString().Contains("PRIVATE KEY", StringComparison.Ordinal)).Select(document => document.Text("metadata", "name")),
            all => all.Add("{apiVersion: v1, kind: Secret, metadata: {name: lockstep-token}, stringData: {token: hunter2}}")) { In = "secured" },
        new("services say whether it is TLS that they lead to",
            all => all.OurPods.SelectMany(pod => all.One("Service", $"lockstep-{pod.Component}").Items("spec", "ports").Where(port => port.Text("appProtocol") != (IsSecured(pod) ? "https" : "kubernetes.io/h2c")).Select(_ => pod.ToString())),
            all => all.One("Service", "lockstep-node")["spec"]!["ports"]![0]!["appProtocol"] = "kubernetes.io/h2c") { In = "secured", AndIn = "jobset-secured" },
        Ours("cert-manager fills the secrets that are mounted, for both sides of a connection",
            pod => !IsSecured(pod) || (CertificateOf(pod) is { } certificate && certificate.Texts("spec", "usages").Order().SequenceEqual(["client auth", "digital signature", "server auth"])),
            pod => Secrets(pod).First()["secret"]!["secretName"] = "lockstep-nodes-tls"),
        Ours("cert-manager's certificates name the host that is dialled",
            pod => !IsSecured(pod) || CertificateOf(pod).Texts("spec", "dnsNames").Any(name => Names(name, DialledHost(pod))), pod => pod.Set("Node:Advertise", "https://$(POD_NAME).lockstep-node:7001")),
    ];

    /// <summary>Whether it shows a certificate.</summary>
    public static bool IsSecured(Pod pod) => pod.Variable(Prefix + "Certificate") is not null;

    /// <summary>The host under which others dial a pod's process, in the namespace lockstep.</summary>
    public static string DialledHost(Pod pod) => pod.Component == "coordinator"
        ? "lockstep-coordinator"
        : pod.Setting("Node:Advertise").Replace("$(POD_NAME)", "lockstep-node-7", StringComparison.Ordinal).Replace("$(JOB_NAME)-$(POD_INDEX)", "lockstep-node-0-7", StringComparison.Ordinal)
            .Replace("$(POD_NAMESPACE)", "lockstep", StringComparison.Ordinal).Split('/')[2].Split(':')[0];

    /// <summary>Whether a name of a certificate is a host's as OpenSSL sees it: a star stands for the first label, and not before a single one.</summary>
    public static bool Names(string name, string host) =>
        name == host || (name.StartsWith("*.", StringComparison.Ordinal) && name.Count(c => c == '.') > 1 && host[Math.Max(0, host.IndexOf('.', StringComparison.Ordinal))..] == name[1..]);

    private static PolicyRule Ours(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.OurPods.Where(pod => !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Node)) { In = "secured", AndIn = "jobset-secured" };

    private static IEnumerable<string> Addresses(Pod pod) =>
        ((string[])["Cluster:Listen", "Node:Coordinator", "Node:Listen", "Node:Advertise"]).Select(pod.Setting).Where(address => address.Length > 0);

    private static string Scheme(string address) => address.Split("://")[0];

    private static bool IsInSecret(Pod pod, string key, string file)
    {
        var path = pod.Variable(Prefix + key).Text("value");
        return Path.GetFileName(path) == file && pod.VolumeAt(Path.GetDirectoryName(path) ?? "").At("secret") is not null;
    }

    private static void Forget(Pod pod, string key) => pod.Main["env"]!.AsArray().Remove(pod.Variable(Prefix + key));

    private static IEnumerable<JsonObject> Secrets(Pod pod) => pod.Spec.Items("volumes").Where(volume => volume.ContainsKey("secret"));

    private static IEnumerable<JsonObject> Mounts(Pod pod) =>
        pod.Containers.SelectMany(container => container.Items("volumeMounts")).Where(mount => Secrets(pod).Any(volume => volume.Text("name") == mount.Text("name")));

    private static string SecretOf(Pod pod) => pod.VolumeAt(Path.GetDirectoryName(pod.Variable(Prefix + "Certificate").Text("value")) ?? "").Text("secret", "secretName");

    private static JsonNode? CertificateOf(Pod pod) => Certificates.SingleOrDefault(made => made.Text("kind") == "Certificate" && made.Text("spec", "secretName") == SecretOf(pod)
        && Certificates.Any(issuer => issuer.Text("kind") == "Issuer" && issuer.Text("metadata", "name") == made.Text("spec", "issuerRef", "name") && issuer.At("spec", "ca") is not null));
}
