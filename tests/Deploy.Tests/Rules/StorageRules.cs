using System.Globalization;
using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>Volumes and resources: what a run keeps is kept, what it reads is not written, what it uses is said.</summary>
internal static class StorageRules
{
    public static IEnumerable<PolicyRule> All =>
    [
        Nodes("training images cannot be written", pod => pod.Main.Items("volumeMounts").Where(mount => mount.Text("mountPath") == "/data").All(mount => mount.Is(true, "readOnly")) && pod.VolumeAt("/data") is not null, pod => Mount(pod, "/data").Remove("readOnly")),
        Nodes("the run folder is on a volume that outlives the pod", pod => pod.ClaimAt("/runs").Length > 0 && pod.Setting("Run:Folder").StartsWith("/runs/", StringComparison.Ordinal), pod => Volume(pod, "runs", new JsonObject { ["emptyDir"] = new JsonObject { ["sizeLimit"] = "1Gi" } })),
        Nodes("shared memory is memory, and bounded", pod => pod.VolumeAt("/dev/shm").Text("emptyDir", "medium") == "Memory" && Bytes(pod.VolumeAt("/dev/shm").Text("emptyDir", "sizeLimit")) is > 0 and var shared
            && shared <= Bytes(pod.Main.Text("resources", "limits", "memory")) / 2, pod => pod.VolumeAt("/dev/shm")!["emptyDir"]!["sizeLimit"] = "64Gi"),
        Nodes("as many processors are asked for as may be used, in whole numbers: each is a lane",
            pod => int.TryParse(pod.Main.Text("resources", "limits", "cpu"), CultureInfo.InvariantCulture, out var whole) && whole > 0 && pod.Main.Text("resources", "requests", "cpu") == pod.Main.Text("resources", "limits", "cpu"),
            pod => pod.Main["resources"]!["limits"]!["cpu"] = "4500m"),
        Nodes("as much memory is asked for as may be used", pod => pod.Main.Text("resources", "requests", "memory") is { Length: > 0 } asked && asked == pod.Main.Text("resources", "limits", "memory"), pod => pod.Main["resources"]!["requests"]!["memory"] = "1Gi"),
        Ours("there is room for temporary files beside the read-only root", pod => pod.VolumeAt("/tmp")?.ContainsKey("emptyDir") == true, pod => pod.Main["volumeMounts"]!.AsArray().Remove(Mount(pod, "/tmp"))),
        Ours("the recipe is a ConfigMap, and read-only", pod => pod.Arguments.ElementAtOrDefault(1) == "/etc/lockstep/recipe.json" && pod.VolumeAt("/etc/lockstep").At("configMap") is not null && Mount(pod, "/etc/lockstep").Is(true, "readOnly"), pod => Mount(pod, "/etc/lockstep").Remove("readOnly")),
        new("every container says what it needs, and how much memory it may take",
            all => all.Pods.SelectMany(pod => pod.Containers.Where(container => container.Text("resources", "requests", "cpu").Length == 0 || container.Text("resources", "requests", "memory").Length == 0 || container.Text("resources", "limits", "memory").Length == 0).Select(container => $"{pod}, container {container.Text("name")}")),
            all => all.Coordinator.Main["resources"]!.AsObject().Remove("limits")),
        new("temporary volumes are bounded",
            all => all.Pods.SelectMany(pod => pod.Spec.Items("volumes").Where(volume => volume.ContainsKey("emptyDir") && volume.Text("emptyDir", "sizeLimit").Length == 0).Select(volume => $"{pod}, volume {volume.Text("name")}")),
            all => all.Node.VolumeAt("/tmp")!["emptyDir"] = new JsonObject()),
        new("one pod at a time has the journal",
            all => Claims(all).Where(claim => claim.Text("metadata", "name").Contains("journal", StringComparison.Ordinal) && !claim.Texts("spec", "accessModes").All(mode => mode is "ReadWriteOncePod" or "ReadWriteOnce")).Select(claim => claim.Text("metadata", "name")),
            all => all.Coordinator.Owner["spec"]!["volumeClaimTemplates"]![0]!["spec"]!["accessModes"] = new JsonArray("ReadWriteMany")),
        new("the journal outlives its StatefulSet",
            all => all.OfKind("StatefulSet").Where(set => set.Items("spec", "volumeClaimTemplates").Any() && (set.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") != "Retain" || set.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled") != "Retain")).Select(set => set.Text("metadata", "name")),
            all => all.Coordinator.Owner["spec"]!["persistentVolumeClaimRetentionPolicy"]!["whenScaled"] = "Delete"),
        new("claims say how large",
            all => Claims(all).Where(claim => Bytes(claim.Text("spec", "resources", "requests", "storage")) <= 0).Select(claim => claim.Text("metadata", "name")),
            all => all.One("PersistentVolumeClaim", "lockstep-runs")["spec"]!["resources"]!["requests"]!["storage"] = "0"),
        new("a claim can be filled: somebody may write to it",
            all => Claims(all).Where(claim => claim.Texts("spec", "accessModes").All(mode => mode == "ReadOnlyMany")).Select(claim => claim.Text("metadata", "name")),
            all => all.One("PersistentVolumeClaim", "lockstep-dataset")["spec"]!["accessModes"] = new JsonArray("ReadOnlyMany")),
        new("a node of a GPU image has GPUs, and tolerates their machines",
            all => all.OurPods.Where(pod => pod.Main.Text("image").Contains("cuda", StringComparison.Ordinal) && !(pod.Main.Number("resources", "limits", "nvidia.com/gpu") >= 1
                && pod.Spec.Items("tolerations").Any(toleration => toleration.Text("key") == "nvidia.com/gpu"))).Select(pod => pod.ToString()),
            all => all.Node.Main["resources"]!["limits"]!.AsObject().Remove("nvidia.com/gpu")) { In = "gpu" },
    ];

    private static PolicyRule Nodes(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.OurPods.Where(pod => pod.Component == "node" && !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Node));

    private static PolicyRule Ours(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.OurPods.Where(pod => !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Coordinator));

    private static IEnumerable<JsonNode> Claims(Rendered all) =>
        all.OfKind("PersistentVolumeClaim").Concat(all.OfKind("StatefulSet").SelectMany(set => set.Items("spec", "volumeClaimTemplates")));

    private static JsonObject Mount(Pod pod, string path) => pod.Main.Items("volumeMounts").First(mount => mount.Text("mountPath") == path);

    private static void Volume(Pod pod, string name, JsonObject instead)
    {
        var volumes = pod.Spec["volumes"]!.AsArray();
        volumes.Remove(volumes.OfType<JsonObject>().First(volume => volume.Text("name") == name));
        instead["name"] = name;
        volumes.Add(instead);
    }

    // A quantity of Kubernetes with a binary unit.
    private static double Bytes(string quantity)
    {
        var unit = "KMGT".IndexOf(quantity.TrimEnd('i').LastOrDefault(), StringComparison.Ordinal);
        return double.TryParse(quantity.TrimEnd('i', 'K', 'M', 'G', 'T'), CultureInfo.InvariantCulture, out var number) ? number * Math.Pow(1024, unit + 1) : 0;
    }
}
