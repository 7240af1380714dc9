using Lockstep.Deploy.Tests.Manifests;
using Lockstep.Protos;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>Probes ask for what they are to know, and are as patient as a node needs.</summary>
internal static class ProbeRules
{
    private const int LeastLiveSeconds = 30, LeastStartSeconds = 300, LeastAnswerSeconds = 3;

    public static IEnumerable<PolicyRule> All =>
    [
        Asks("startupProbe", HealthServices.Startup),
        Asks("livenessProbe", HealthServices.Live),
        Asks("readinessProbe", HealthServices.Ready),
        Ours("probes ask at the port that is listened on",
            pod => ((string[])["startupProbe", "livenessProbe", "readinessProbe"]).All(probe => pod.Main.Number(probe, "grpc", "port") == pod.ListenPort),
            pod => pod.Main["livenessProbe"]!["grpc"]!["port"] = 7002),
        Ours("the port that is listened on is declared", pod => pod.Main.Items("ports").Any(port => port.Number("containerPort") == pod.ListenPort), pod => pod.Main.Remove("ports")),
        Ours("a process that hangs for half a minute is not killed for it",
            pod => (pod.Main.Number("livenessProbe", "periodSeconds") ?? 10) * (pod.Main.Number("livenessProbe", "failureThreshold") ?? 3) >= LeastLiveSeconds,
            pod => pod.Main["livenessProbe"]!["failureThreshold"] = 1),
        Ours("an answer may take three seconds on a busy machine", pod => (pod.Main.Number("livenessProbe", "timeoutSeconds") ?? 1) >= LeastAnswerSeconds, pod => pod.Main["livenessProbe"]!.AsObject().Remove("timeoutSeconds")),
        Ours("a node may list images and read a checkpoint for five minutes",
            pod => pod.Component != "node" || (pod.Main.Number("startupProbe", "periodSeconds") ?? 10) * (pod.Main.Number("startupProbe", "failureThreshold") ?? 3) >= LeastStartSeconds,
            pod => pod.Main["startupProbe"]!["failureThreshold"] = 3),
        new("whatever stands beside the run is probed too",
            all => all.Pods.Where(pod => !pod.IsOurs && (pod.Main["livenessProbe"] is null || pod.Main["readinessProbe"] is null)).Select(pod => pod.ToString()),
            all => all.Pods.Single(pod => !pod.IsOurs).Main.Remove("readinessProbe")),
    ];

    private static PolicyRule Asks(string probe, string service) =>
        Ours($"{probe} asks for {service}", pod => pod.Main.Text(probe, "grpc", "service") == service, pod => pod.Main[probe]!["grpc"]!["service"] = "lockstep.other");

    private static PolicyRule Ours(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.OurPods.Where(pod => !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Node));
}
