using Lockstep.Deploy.Tests.Manifests;
using Lockstep.Protos;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>Probes ask for what they are to know, and are as patient as a node needs.</summary>
internal static class ProbeRules
{
    private const int LeastLiveSeconds = 30, LeastStartSeconds = 300, LeastAnswerSeconds = 3;
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    public static IEnumerable<PolicyRule> All =>
    [
        Asks("startupProbe", HealthServices.Startup),
        Asks("livenessProbe", HealthServices.Live),
        Asks("readinessProbe", HealthServices.Ready),
        Ours("probes ask at the port of health", pod => Probes.All(probe => pod.Main.Number(probe, "grpc", "port") is { } port && port == pod.Health?.Port), pod => pod.Main["livenessProbe"]!["grpc"]!["port"] = 7001),
        Ours("health is answered in plain, at the pod's address: the kubelet shows no certificate", pod => pod.Health is { Scheme: "http", Host: "0.0.0.0" }, pod => pod.Set("Node:HealthListen", "http://127.0.0.1:7003")),
        Ours("health has a port of its own", pod => pod.Health?.Port != pod.ListenPort, pod => pod.Set("Node:HealthListen", "http://0.0.0.0:7001")),
        Ours("ports that are listened on are declared", pod => ((long?[])[pod.ListenPort, pod.Health?.Port]).All(port => pod.Main.Items("ports").Any(open => open.Number("containerPort") == port)), pod => pod.Main["ports"]!.AsArray().RemoveAt(1)),
        Ours("a process that hangs for half a minute is not killed for it",
            pod => (pod.Main.Number("livenessProbe", "periodSeconds") ?? 10) * (pod.Main.Number("livenessProbe", "failureThreshold") ?? 3) >= LeastLiveSeconds,
            pod => pod.Main["livenessProbe"]!["failureThreshold"] = 1),
        Ours("an answer may take three seconds on a busy machine", pod => (pod.Main.Number("livenessProbe", "timeoutSeconds") ?? 1) >= LeastAnswerSeconds, pod => pod.Main["livenessProbe"]!.AsObject().Remove("timeoutSeconds")),
        Ours("a node may list images and read a checkpoint for five minutes",
            pod => pod.Component != "node" || (pod.Main.Number("startupProbe", "periodSeconds") ?? 10) * (pod.Main.Number("startupProbe", "failureThreshold") ?? 3) >= LeastStartSeconds,
            pod => pod.Main["startupProbe"]!["failureThreshold"] = 3),
        new("whatever stands beside the run is probed too",
            all => all.Pods.Where(pod => !pod.IsOurs && !pod.IsErrand && (pod.Main["livenessProbe"] is null || pod.Main["readinessProbe"] is null)).Select(pod => pod.ToString()),
            all => all.Pods.Single(pod => !pod.IsOurs).Main.Remove("readinessProbe")),
    ];

    private static PolicyRule Asks(string probe, string service) =>
        Ours($"{probe} asks for {service}", pod => pod.Main.Text(probe, "grpc", "service") == service, pod => pod.Main[probe]!["grpc"]!["service"] = "lockstep.other");

    private static PolicyRule Ours(string name, Func<Pod, bool> holds, Action<Pod> damage) =>
        new(name, all => all.OurPods.Where(pod => !holds(pod)).Select(pod => pod.ToString()), all => damage(all.Node));
}
