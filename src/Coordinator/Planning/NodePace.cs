using System.Collections.Immutable;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// How fast a node computes: the median of its seconds a microbatch over its last five steps. A pause now and then (garbage
/// collection, another process) does not count: it is as long with fewer microbatches. The first step after joining is left
/// out, since it warms caches up.
/// </summary>
public readonly record struct NodePace
{
    private const int Window = 5, Least = 3;

    /// <summary>True with three measurements and more: only then is anything decided by it.</summary>
    public bool IsKnown => !Recent.IsDefault && Recent.Length >= Least;

    /// <summary>The median; of two in the middle, the smaller. 0 before the second step.</summary>
    public double SecondsPerMicrobatch { get; private init; }

    private ImmutableArray<double> Recent { get; init; }

    /// <summary>Takes the measurement of a further step.</summary>
    public NodePace Measured(double secondsPerMicrobatch)
    {
        if (Recent.IsDefault) return new() { Recent = [] };
        ImmutableArray<double> recent = [.. Recent.TakeLast(Window - 1), secondsPerMicrobatch];
        return new() { Recent = recent, SecondsPerMicrobatch = recent.Sort()[(recent.Length - 1) / 2] };
    }
}
