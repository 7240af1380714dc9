using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Lockstep.Deploy.Tests.Manifests;

/// <summary>Pods that a workload makes.</summary>
/// <param name="Owner">StatefulSet, Deployment, JobSet, Job, or the pod itself.</param>
/// <param name="Template">The pod template.</param>
/// <param name="Job">The Job's specification for pods of a Job, also in a JobSet.</param>
internal sealed partial record Pod(JsonObject Owner, JsonObject Template, JsonObject? Job)
{
    public const string ComponentLabel = "app.kubernetes.io/component";

    public JsonObject Spec => (JsonObject)Template["spec"]!;

    public IReadOnlyDictionary<string, string> Labels => Template.Map("metadata", "labels");

    /// <summary>coordinator, node, or what stands beside them.</summary>
    public string Component => Labels.GetValueOrDefault(ComponentLabel, "");

    public bool IsOurs => Component is "coordinator" or "node";

    /// <summary>Whether it does one thing and is over, or is for somebody at a terminal.</summary>
    public bool IsErrand => Owner.Text("kind") is "Job" or "Pod";

    public IEnumerable<JsonObject> Containers => Spec.Items("containers").Concat(Spec.Items("initContainers"));

    /// <summary>The container that runs all the time.</summary>
    public JsonObject Main => Spec.Items("containers").Single();

    public IReadOnlyList<string> Arguments => Main.Texts("args");

    public long? Replicas => Job is null ? Owner.Number("spec", "replicas") : Job.Number("parallelism");

    /// <summary>The value of an argument Section:Key=value; empty when it is not there.</summary>
    public string Setting(string key) => Resolved(Arguments.FirstOrDefault(argument => argument.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..] ?? "");

    /// <summary>An argument with the variables that the manifest says; those that only a cluster knows stay as they are.</summary>
    public string Resolved(string argument) => Name().Replace(argument, match => Variable(match.Groups[1].Value).Text("value") is { Length: > 0 } value ? value : match.Value);

    /// <summary>Gives the argument Section:Key=value another value, for a mutation.</summary>
    public void Set(string key, string value)
    {
        var place = Arguments.ToList().FindIndex(argument => argument.StartsWith(key + "=", StringComparison.Ordinal));
        Main["args"]![place] = $"{key}={value}";
    }

    /// <summary>The argument after an option; empty when it is not there.</summary>
    public string Option(string name) => Arguments.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault() ?? "";

    public JsonObject? Variable(string name) => Main.Items("env").FirstOrDefault(variable => variable.Text("name") == name);

    /// <summary>The volume mounted at a path.</summary>
    public JsonObject? VolumeAt(string path) =>
        Main.Items("volumeMounts").FirstOrDefault(mount => mount.Text("mountPath") == path) is { } found
            ? Spec.Items("volumes").FirstOrDefault(volume => volume.Text("name") == found.Text("name")) : null;

    /// <summary>The claim that a volume at a path comes from, made for each pod or named.</summary>
    public string ClaimAt(string path)
    {
        var mount = Main.Items("volumeMounts").FirstOrDefault(mount => mount.Text("mountPath") == path).Text("name");
        return Owner.Items("spec", "volumeClaimTemplates").Any(claim => claim.Text("metadata", "name") == mount) ? mount : VolumeAt(path).Text("persistentVolumeClaim", "claimName");
    }

    /// <summary>The port that the process listens on, from its settings.</summary>
    public long ListenPort => new Uri(Setting($"{Section}:Listen")).Port;

    /// <summary>Where the process answers for its health alone; null: nowhere.</summary>
    public Uri? Health => Uri.TryCreate(Setting($"{Section}:HealthListen"), UriKind.Absolute, out var address) ? address : null;

    /// <summary>The recipe's section that is about the process.</summary>
    public string Section => Component == "coordinator" ? "Cluster" : "Node";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Owner.Text("kind")} {Owner.Text("metadata", "name")} ({Component})");

    [GeneratedRegex(@"\$\((\w+)\)")]
    private static partial Regex Name();
}
