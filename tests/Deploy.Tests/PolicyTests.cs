using Lockstep.Deploy.Tests.Manifests;
using Lockstep.Deploy.Tests.Rules;

namespace Lockstep.Deploy.Tests;

/// <summary>Every overlay keeps every rule, and every rule can be broken.</summary>
public sealed class PolicyTests
{
    private static readonly PolicyRule[] All = [.. SecurityRules.All, .. ProbeRules.All, .. AvailabilityRules.All, .. NetworkRules.All, .. StorageRules.All, .. ConsistencyRules.All, .. TlsRules.All];

    public static TheoryData<string> RuleNames => [.. All.Select(rule => rule.Name)];

    [Theory, MemberData(nameof(RuleNames))]
    public async Task Overlays_KeepTheRule(string name)
    {
        var faults = new List<string>();
        foreach (var overlay in Overlays.All) faults.AddRange(Rule(name).Faults(await Overlays.RenderAsync(overlay)).Select(fault => $"{overlay}: {fault}"));
        Assert.Empty(faults);
    }

    [Theory, MemberData(nameof(RuleNames))]
    public async Task Damage_IsFound(string name)
    {
        var rule = Rule(name);
        foreach (var overlay in ((string?[])[rule.In, rule.AndIn]).OfType<string>())
        {
            var whole = await Overlays.RenderAsync(overlay);
            var damaged = whole.Copy();
            rule.Damage(damaged);

            Assert.Empty(rule.Faults(whole)); // so what is found next is the damage
            Assert.NotEmpty(rule.Faults(damaged));
        }
    }

    [Fact]
    public void Rules_AreManyAndDistinct()
    {
        Assert.True(All.Length >= 30, $"{All.Length}");
        Assert.Equal(All.Length, All.Select(rule => rule.Name).Distinct().Count());
        Assert.Contains($"against {All.Length} rules", Repository.Read("docs/operations.md"));
    }

    [Fact]
    public async Task ClusterWideObjects_AreTheSameInAllOverlays()
    {
        var all = new List<Rendered>();
        foreach (var overlay in Overlays.Names) all.Add(await Overlays.RenderAsync(overlay));
        Assert.Empty(Disputed(all)); // an apply of one would change what the runs of another have, or be refused

        all[0] = all[0].Copy();
        all[0].One("PriorityClass", "lockstep-coordinator")["value"] = 1;
        Assert.Equal(["PriorityClass lockstep-coordinator"], Disputed(all));
    }

    [Theory]
    [InlineData("secured", false)]
    [InlineData("jobset-secured", true)]
    public async Task SecuredOverlays_AreSecured(string overlay, bool hasTelemetry) => Assert.All((await Overlays.RenderAsync(overlay)).OurPods, pod =>
    {
        Assert.True(TlsRules.IsSecured(pod), $"{pod}");
        Assert.Equal(hasTelemetry, pod.Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is not null);
    });

    [Fact]
    public void Overlays_AreThoseOfTheDocs() => Assert.Equal(["cpu-small", "gpu", "jobset", "jobset-secured", "observability", "secured", "spot"], Overlays.Names);

    private static IEnumerable<string> Disputed(IEnumerable<Rendered> all) => all.SelectMany(rendered => rendered.Documents)
        .Where(document => ConsistencyRules.ClusterWide.Contains(document.Text("kind"))).GroupBy(document => $"{document.Text("kind")} {document.Text("metadata", "name")}")
        .Where(group => group.Select(document => document.ToJsonString()).Distinct().Skip(1).Any()).Select(group => group.Key);

    private static PolicyRule Rule(string name) => All.Single(rule => rule.Name == name);
}
