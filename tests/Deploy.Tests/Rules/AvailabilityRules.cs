using System.Globalization;
using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>A run outlives drains, upgrades and the loss of machines.</summary>
internal static class AvailabilityRules
{
    // A step, and the last checkpoint with its flush. A coordinator closes its journal.
    private const int LeastGraceOfNodes = 120, LeastGraceOfCoordinator = 15;
    private static readonly string[] SpotKeys = ["cloud.google.com/gke-spot", "kubernetes.azure.com/scalesetpriority", "karpenter.sh/capacity-type"];

    public static IEnumerable<PolicyRule> All =>
    [
        new("a pod has the time to end in good order",
            all => all.OurPods.Where(pod => (pod.Spec.Number("terminationGracePeriodSeconds") ?? 30) < (pod.Component == "node" ? LeastGraceOfNodes : LeastGraceOfCoordinator)).Select(pod => pod.ToString()),
            all => all.Node.Spec.Remove("terminationGracePeriodSeconds")),
        new("a coordinator that is asked to stop hands over, to a journal that outlives its pod",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && (pod.Setting("Cluster:OnTerminate") != "handover" || !HasKeptJournal(pod))).Select(pod => pod.ToString()),
            all => Replace(all.Coordinator, "Cluster:OnTerminate=handover", "Cluster:OnTerminate=stop")),
        new("the journal is on a volume",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && !HasKeptJournal(pod)).Select(pod => pod.ToString()),
            all => Replace(all.Coordinator, "/journal/$(RUN_NAME)", "/tmp/journal")),
        new("there is one coordinator",
            all => all.OurPods.Where(pod => pod.Component == "coordinator" && pod.Replicas != 1).Select(pod => pod.ToString()).Concat(all.Pods.Any(pod => pod.Component == "coordinator") ? [] : ["there is none"]),
            all => all.Coordinator.Owner["spec"]!["replicas"] = 2),
        new("nodes start side by side",
            all => all.OfKind("StatefulSet").Where(set => set.Text("metadata", "labels", Pod.ComponentLabel) == "node" && set.Text("spec", "podManagementPolicy") != "Parallel").Select(set => set.Text("metadata", "name")),
            all => all.Node.Owner["spec"]!["podManagementPolicy"] = "OrderedReady"),
        new("one budget says how many nodes a drain may take",
            all => all.OurPods.Where(pod => pod.Component == "node" && BudgetsOf(all, pod).Count() != 1).Select(pod => $"{pod} has {BudgetsOf(all, pod).Count()}"),
            all => all.Remove("PodDisruptionBudget", "lockstep-node")),
        new("a budget of pods that can be scaled says how many may go, and lets one go",
            all => Budgets(all, isJob: false).Where(b => Share(b.Budget["spec"]!["maxUnavailable"], b.Pod.Replicas ?? 1) < 1).Select(b => $"{b.Pod}: {b.Budget["spec"]}"),
            all => all.One("PodDisruptionBudget", "lockstep-node")["spec"]!["maxUnavailable"] = 0),
        new("a budget of a Job says in a number how many must stay, and lets one go",
            all => Budgets(all, isJob: true).Where(b => b.Budget.Number("spec", "minAvailable") is not { } stay || stay >= b.Pod.Replicas).Select(b => $"{b.Pod}: {b.Budget["spec"]}"),
            all => all.One("PodDisruptionBudget", "lockstep-node")["spec"]!["minAvailable"] = 4) { In = "jobset" },
        new("no drain waits for a pod that is not ready",
            all => all.OfKind("PodDisruptionBudget").Where(budget => budget.Text("spec", "unhealthyPodEvictionPolicy") != "AlwaysAllow").Select(budget => budget.Text("metadata", "name")),
            all => all.One("PodDisruptionBudget", "lockstep-node")["spec"]!.AsObject().Remove("unhealthyPodEvictionPolicy")) { AndIn = "jobset" },
        new("nodes are spread over machines",
            all => all.OurPods.Where(pod => pod.Component == "node" && !pod.Spec.Items("topologySpreadConstraints").Any(spread =>
                spread.Text("topologyKey") == "kubernetes.io/hostname" && spread["labelSelector"].Map("matchLabels").Count > 0 && spread["labelSelector"].Selects(pod.Labels))).Select(pod => pod.ToString()),
            all => all.Node.Spec["topologySpreadConstraints"]![0]!["labelSelector"]!["matchLabels"]![Pod.ComponentLabel] = "nodes"),
        new("pods have a priority class, which is there",
            all => all.OurPods.Where(pod => all.Find("PriorityClass", pod.Spec.Text("priorityClassName")) is null).Select(pod => pod.ToString()),
            all => all.Node.Spec.Remove("priorityClassName")),
        new("the coordinator goes before its nodes",
            all => PriorityOf(all, "coordinator") > PriorityOf(all, "node") ? [] : ["it does not"],
            all => all.One("PriorityClass", "lockstep-node")["value"] = 200_000),
        new("a run pushes nobody out",
            all => all.OfKind("PriorityClass").Where(priority => priority.Text("metadata", "name") == all.Node.Spec.Text("priorityClassName") && priority.Text("preemptionPolicy") != "Never").Select(priority => priority.Text("metadata", "name")),
            all => all.One("PriorityClass", "lockstep-node").Remove("preemptionPolicy")),
        new("a Job does not take a process that was asked to stop for one that is done",
            all => all.OurPods.Where(pod => pod.Job is not null && !(int.TryParse(pod.Option("--leave-status"), CultureInfo.InvariantCulture, out var status) && status > 0 && Ignores(pod, status))).Select(pod => pod.ToString()),
            all => Replace(all.Coordinator, "75", "0")) { In = "jobset" },
        new("a Job replaces a pod whose machine was taken away, and does not count it",
            all => all.OurPods.Where(pod => pod.Job is not null && !PodRules(pod).Any(rule => rule.Items("onPodConditions").Any(condition => condition.Text("type") == "DisruptionTarget"))).Select(pod => pod.ToString()),
            all => all.Node.Job!["podFailurePolicy"]!["rules"]!.AsArray().RemoveAt(1)) { In = "jobset" },
        new("rules for failures want pods that are not started again",
            all => all.OurPods.Where(pod => pod.Job is null ? pod.Spec.ContainsKey("restartPolicy") : pod.Spec.Text("restartPolicy") != "Never").Select(pod => pod.ToString()),
            all => all.Node.Spec["restartPolicy"] = "OnFailure") { In = "jobset" },
        new("the run has ended when its coordinator has",
            all => all.OfKind("JobSet").Where(set => !set.Texts("spec", "successPolicy", "targetReplicatedJobs").SequenceEqual(["coordinator"])).Select(set => set.Text("metadata", "name")),
            all => all.Coordinator.Owner["spec"]!["successPolicy"]!["targetReplicatedJobs"]!.AsArray().Add("node")) { In = "jobset" },
        new("the coordinator is on no machine that may be taken away",
            all => all.Pods.Any(pod => pod.Component == "node" && SpotKeys.Any(key => Tolerates(pod, key)))
                ? SpotKeys.Where(key => Tolerates(all.Coordinator, key) || !Avoids(all.Coordinator, key)) : [],
            all => all.Coordinator.Spec.Remove("affinity")) { In = "spot" },
    ];

    private static bool HasKeptJournal(Pod pod)
    {
        var folder = pod.Option("--journal");
        return folder.Length > 0 && pod.ClaimAt("/" + folder.Split('/')[1]).Length > 0;
    }

    private static IEnumerable<JsonObject> BudgetsOf(Rendered all, Pod pod) => all.OfKind("PodDisruptionBudget").Where(budget => budget.At("spec", "selector").Selects(pod.Labels));

    private static IEnumerable<(JsonObject Budget, Pod Pod)> Budgets(Rendered all, bool isJob) =>
        all.OurPods.Where(pod => pod.Job is not null == isJob).SelectMany(pod => BudgetsOf(all, pod).Select(budget => (budget, pod)));

    // A percentage is rounded up.
    private static double Share(JsonNode? value, long of) => value?.ToString() is not { } text ? 0
        : text.EndsWith('%') ? Math.Ceiling(double.Parse(text[..^1], CultureInfo.InvariantCulture) / 100 * of) : double.Parse(text, CultureInfo.InvariantCulture);

    private static long PriorityOf(Rendered all, string component) =>
        all.OurPods.Where(pod => pod.Component == component).Select(pod => all.Find("PriorityClass", pod.Spec.Text("priorityClassName")).Number("value") ?? 0).Single();

    private static IEnumerable<JsonObject> PodRules(Pod pod) => pod.Job.Items("podFailurePolicy", "rules").Where(rule => rule.Text("action") == "Ignore");

    private static bool Ignores(Pod pod, int status) => PodRules(pod).Any(rule =>
        rule.Text("onExitCodes", "containerName") == pod.Main.Text("name") && rule.Text("onExitCodes", "operator") == "In" && rule.Texts("onExitCodes", "values").Contains($"{status}"));

    private static bool Tolerates(Pod pod, string key) => pod.Spec.Items("tolerations").Any(toleration => toleration.Text("key") == key);

    private static bool Avoids(Pod pod, string key) => pod.Spec.Items("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
        .All(term => term.Items("matchExpressions").Any(expression => expression.Text("key") == key && expression.Text("operator") is "NotIn" or "DoesNotExist"))
        && pod.Spec.At("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution") is not null;

    private static void Replace(Pod pod, string before, string after)
    {
        var arguments = pod.Main["args"]!.AsArray();
        arguments[pod.Arguments.ToList().IndexOf(before)] = after;
    }
}
