using System.Globalization;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>One fault of a schedule.</summary>
/// <param name="AtSeconds">When, since the run began.</param>
/// <param name="Touched">Numbers of the nodes that it disturbs, the first one first; none: the coordinator.</param>
/// <param name="ForSeconds">How long it lasts, or how long what was killed stays away.</param>
/// <param name="UntilSeconds">When everything touched is expected to be well again.</param>
/// <param name="Chance">Seed of its details (direction, rate, bytes).</param>
internal sealed record FaultEvent(double AtSeconds, FaultKind Kind, IReadOnlyList<int> Touched, double ForSeconds, double UntilSeconds, ulong Chance)
{
    public bool IsOfCoordinator => Touched.Count == 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{AtSeconds,6:F1} s  {Kind,-15} {(IsOfCoordinator ? "coordinator" : string.Join(", ", Touched.Select(n => $"node-{n}")))} for {ForSeconds:F1} s");
}
