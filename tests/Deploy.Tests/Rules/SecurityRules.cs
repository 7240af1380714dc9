using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>The restricted pod security standard of Kubernetes, and what goes beyond it.</summary>
internal static class SecurityRules
{
    public static IEnumerable<PolicyRule> All =>
    [
        Pods("pods run as a user that is not root", pod => pod.Spec.Is(true, "securityContext", "runAsNonRoot"), pod => pod.Spec["securityContext"]!["runAsNonRoot"] = false),
        Pods("pods name their user by number", pod => pod.Spec.Number("securityContext", "runAsUser") > 0, pod => pod.Spec["securityContext"]!["runAsUser"] = 0),
        Pods("pods run in a group that is not root's", pod => pod.Spec.Number("securityContext", "runAsGroup") > 0, pod => ((JsonObject)pod.Spec["securityContext"]!).Remove("runAsGroup")),
        Pods("pods have the runtime's seccomp profile", pod => pod.Spec.Text("securityContext", "seccompProfile", "type") == "RuntimeDefault", pod => pod.Spec["securityContext"]!["seccompProfile"]!["type"] = "Unconfined"),
        Pods("pods share no namespace with their host", pod => !((string[])["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"]).Any(key => pod.Spec.Is(true, key)), pod => pod.Spec["hostNetwork"] = true),
        Pods("pods mount nothing of their host", pod => pod.Spec.Items("volumes").All(volume => !volume.ContainsKey("hostPath")), pod => pod.Spec["volumes"]!.AsArray().Add(new JsonObject { ["name"] = "host", ["hostPath"] = new JsonObject { ["path"] = "/" } })),
        Pods("pods mount no token of Kubernetes", pod => pod.Spec.Is(false, "automountServiceAccountToken"), pod => pod.Spec.Remove("automountServiceAccountToken")),
        Pods("pods get no addresses of services in their environment", pod => pod.Spec.Is(false, "enableServiceLinks"), pod => pod.Spec.Remove("enableServiceLinks")),
        Pods("volumes that pods write to belong to their group", pod => !pod.IsOurs || pod.Spec.Number("securityContext", "fsGroup") > 0, pod => ((JsonObject)pod.Spec["securityContext"]!).Remove("fsGroup")),
        Containers("containers cannot gain privileges", container => container.Is(false, "securityContext", "allowPrivilegeEscalation"), container => ((JsonObject)container["securityContext"]!).Remove("allowPrivilegeEscalation")),
        Containers("containers are not privileged", container => !container.Is(true, "securityContext", "privileged"), container => container["securityContext"]!["privileged"] = true),
        Containers("containers drop all capabilities", container => container.Texts("securityContext", "capabilities", "drop").Contains("ALL"), container => container["securityContext"]!["capabilities"]!["drop"] = new JsonArray("NET_RAW")),
        Containers("containers add no capability", container => container.Texts("securityContext", "capabilities", "add").Count == 0, container => container["securityContext"]!["capabilities"]!["add"] = new JsonArray("SYS_ADMIN")),
        Containers("containers cannot write to their root", container => container.Is(true, "securityContext", "readOnlyRootFilesystem"), container => container["securityContext"]!["readOnlyRootFilesystem"] = false),
        Containers("images have a version, which is not latest", container => container.Text("image").Split(':') is [_, { Length: > 0 } tag] && tag != "latest", container => container["image"] = "lockstep-node:latest"),
        Containers("no secret stands in the environment", container => container.Items("env").All(variable => !variable.ContainsKey("value") || !IsSecret(variable.Text("name")) || IsMounted(container, variable.Text("value"))), container => container["env"]!.AsArray().Add(new JsonObject { ["name"] = "JOIN_TOKEN", ["value"] = "hunter2" })),
        new("accounts mount no token",
            all => all.OfKind("ServiceAccount").Where(account => !account.Is(false, "automountServiceAccountToken")).Select(Name),
            all => all.One("ServiceAccount", "lockstep-node").Remove("automountServiceAccountToken")),
        new("pods have an account of their own, which is there",
            all => all.Pods.Where(pod => all.Find("ServiceAccount", pod.Spec.Text("serviceAccountName")) is null).Select(pod => $"{pod} has '{pod.Spec.Text("serviceAccountName")}'"),
            all => all.Node.Spec["serviceAccountName"] = "default"),
        new("nobody is given rights in Kubernetes",
            all => all.Documents.Where(document => document.Text("kind") is "Role" or "ClusterRole" or "RoleBinding" or "ClusterRoleBinding").Select(Name),
            all => all.Add("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: too-much}, rules: []}")),
        new("the namespace admits restricted pods only",
            all => all.OfKind("Namespace").Select(space => space.Map("metadata", "labels").GetValueOrDefault("pod-security.kubernetes.io/enforce", "")).DefaultIfEmpty("").Where(level => level != "restricted"),
            all => all.One("Namespace", "lockstep")["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"] = "baseline"),
    ];

    private static bool IsSecret(string name) => ((string[])["TOKEN", "PASSWORD", "SECRET", "KEY"]).Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    // The path of a file is no secret.
    private static bool IsMounted(JsonObject container, string value) => container.Items("volumeMounts").Any(mount => value.StartsWith(mount.Text("mountPath") + "/", StringComparison.Ordinal));

    private static string Name(JsonObject document) => $"{document.Text("kind")} {document.Text("metadata", "name")}";

    private static PolicyRule Pods(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.Pods.Where(pod => !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Node));

    private static PolicyRule Containers(string name, Func<JsonObject, bool> holds, Action<JsonObject> damage) => new(
        name,
        all => all.Pods.SelectMany(pod => pod.Containers.Where(container => !holds(container)).Select(container => $"{pod}, container {container.Text("name")}")),
        all => damage(all.Coordinator.Main));
}
