using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Rules;

/// <summary>What must hold for every overlay, with the damage that must be found.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Faults">Names whatever does not keep the rule.</param>
/// <param name="Damage">Breaks the rule in the overlay <see cref="In"/>.</param>
internal sealed record PolicyRule(string Name, Func<Rendered, IEnumerable<string>> Faults, Action<Rendered> Damage)
{
    /// <summary>The overlay that is damaged.</summary>
    public string In { get; init; } = "observability";

    /// <summary>Another overlay that is damaged as well, where it is made another way.</summary>
    public string? AndIn { get; init; }

    public override string ToString() => Name;
}
