using System.Collections.Immutable;
using System.Globalization;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// Finds nodes that compute slower than the others, and gives them less to do. At each commit: Measured for every node, then
/// Decide once. New ranges follow when weighted ones would make the slowest node's compute time at least 15 % shorter than
/// the present ones, and at least 10 ms, at five commits in a row, and ten seconds have passed since the last change; after
/// every change twice as long, up to ten minutes, so that a pace that comes and goes does not keep everybody moving. The
/// same rule gives a node that recovered its share back. Nothing is decided before each node has three measurements.
/// </summary>
public sealed record Stragglers
{
    private const double WorthWhile = 0.85;
    private const int CommitsInARow = 5;
    private const double LeastGainSeconds = 0.01;
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(10), MostApart = TimeSpan.FromMinutes(10);

    private ImmutableDictionary<string, NodePace> Paces { get; init; } = ImmutableDictionary<string, NodePace>.Empty;

    private int InARow { get; init; }

    private TimeSpan? ChangedAt { get; init; }

    private int Changes { get; init; }

    /// <summary>Takes what a node says of a committed step. A step in which it computed nothing says nothing.</summary>
    public Stragglers Measured(string node, double computeSeconds, int microbatches)
    {
        if (microbatches <= 0 || !(computeSeconds > 0) || !double.IsFinite(computeSeconds)) return this;
        return this with { Paces = Paces.SetItem(node, Paces.GetValueOrDefault(node).Measured(computeSeconds / microbatches)) };
    }

    /// <summary>The membership changed: keeps only what is known of those who stay; the five commits begin anew.</summary>
    public Stragglers Keep(IEnumerable<string> nodes)
    {
        var stay = nodes.ToHashSet();
        return this with { Paces = Paces.RemoveRange(Paces.Keys.Where(node => !stay.Contains(node))), InARow = 0 };
    }

    /// <summary>Seconds a microbatch of each node, in their order; null until all are known.</summary>
    public IReadOnlyList<double>? SecondsPerMicrobatch(IReadOnlyList<string> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        return nodes.All(node => Paces.GetValueOrDefault(node).IsKnown) ? [.. nodes.Select(node => Paces[node].SecondsPerMicrobatch)] : null;
    }

    /// <summary>The node's seconds a microbatch over those of the median node (of two in the middle, the faster); null when not known.</summary>
    public double? Slowness(string node)
    {
        var pace = Paces.GetValueOrDefault(node);
        if (!pace.IsKnown) return null;
        var known = Paces.Values.Where(p => p.IsKnown).Select(p => p.SecondsPerMicrobatch).Order().ToArray();
        return pace.SecondsPerMicrobatch / known[(known.Length - 1) / 2];
    }

    /// <summary>
    /// Ranges for a new generation: weighted by speed where that makes the slowest node's compute time at least 15 % shorter
    /// than equal ones, equal otherwise.
    /// </summary>
    public ImmutableArray<MicrobatchBlock> Ranges(int microbatches, IReadOnlyList<string> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var equal = Assignment.Ranges(microbatches, nodes.Count);
        if (SecondsPerMicrobatch(nodes) is not { } seconds) return equal;
        var weighted = Assignment.Ranges(microbatches, seconds);
        var before = Longest(equal, seconds);
        return Longest(weighted, seconds) <= Math.Min(WorthWhile * before, before - LeastGainSeconds) ? weighted : equal;
    }

    /// <summary>Decides, once a commit, whether the nodes go on with the present ranges (null) or with others.</summary>
    /// <param name="microbatches">M.</param>
    /// <param name="nodes">The members of the generation, in the order of their ranges.</param>
    /// <param name="present">Their ranges.</param>
    /// <param name="now">When the step was committed.</param>
    public (Stragglers Next, Rebalance? Change) Decide(int microbatches, IReadOnlyList<string> nodes, IReadOnlyList<MicrobatchBlock> present, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(present);
        if (nodes.Count != present.Count) throw new ArgumentException($"There are {nodes.Count} nodes and {present.Count} ranges.", nameof(present));

        if (SecondsPerMicrobatch(nodes) is not { } seconds) return (this with { InARow = 0 }, null);
        var worthWhile = Math.Min(WorthWhile * Longest(present, seconds), Longest(present, seconds) - LeastGainSeconds);
        var ideal = microbatches / seconds.Sum(s => 1 / s); // if microbatches could be divided: no ranges are shorter
        var weighted = ideal > worthWhile ? [] : Assignment.Ranges(microbatches, seconds);
        if (weighted.IsEmpty || Longest(weighted, seconds) > worthWhile) return (this with { InARow = 0 }, null);

        var next = this with { InARow = InARow + 1 };
        var apart = Apart * Math.Pow(2, Math.Min(Math.Max(0, Changes - 1), 10));
        if (next.InARow < CommitsInARow || now - ChangedAt < (apart < MostApart ? apart : MostApart)) return (next, null);
        var most = Enumerable.Range(0, nodes.Count).MaxBy(i => Math.Abs(Math.Log((double)weighted[i].Count / present[i].Count)));
        return (next with { InARow = 0, ChangedAt = now, Changes = Changes + 1 }, new(weighted, nodes[most], Sentence(nodes[most], present[most].Count, weighted[most].Count)));
    }

    private static double Longest(IReadOnlyList<MicrobatchBlock> ranges, IReadOnlyList<double> seconds) => ranges.Select((range, i) => range.Count * seconds[i]).Max();

    private string Sentence(string node, int before, int after)
    {
        var slowness = Slowness(node)!.Value;
        var pace = slowness switch
        {
            >= 1.05 => $"{Times(slowness)} times slower than",
            <= 1 / 1.05 => $"{Times(1 / slowness)} times faster than",
            _ => "as fast as",
        };
        return $"{node} computes a microbatch {pace} the median node and now gets {after} instead of {before}";

        static string Times(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
    }
}
