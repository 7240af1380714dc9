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
        foreach (var overlay in Overlays.Names) faults.AddRange(Rule(name).Faults(await Overlays.RenderAsync(overlay)).Select(fault => $"{overlay}: {fault}"));
        Assert.Empty(faults);
    }

    [Theory, MemberData(nameof(RuleNames))]
    public async Task Damage_IsFound(string name)
    {
        var rule = Rule(name);
        var whole = await Overlays.RenderAsync(rule.In);
        var damaged = whole.Copy();
        rule.Damage(damaged);

        Assert.Empty(rule.Faults(whole)); // so what is found next is the damage
        Assert.NotEmpty(rule.Faults(damaged));
    }

    [Fact]
    public void Rules_AreManyAndDistinct()
    {
        Assert.True(All.Length >= 30, $"{All.Length}");
        Assert.Equal(All.Length, All.Select(rule => rule.Name).Distinct().Count());
    }

    [Fact]
    public void Overlays_AreThoseOfTheDocs() => Assert.Equal(["cpu-small", "gpu", "jobset", "observability", "secured", "spot"], Overlays.Names);

    private static PolicyRule Rule(string name) => All.Single(rule => rule.Name == name);
}
