using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>Comparison of the digests that nodes report.</summary>
internal static class Digests
{
    /// <summary>Null when all nodes report the same; else who reports what.</summary>
    public static string? Difference(IEnumerable<NodeState> nodes, Func<NodeState, string> digest)
    {
        var groups = nodes.GroupBy(digest, StringComparer.Ordinal).ToArray();
        return groups.Length < 2 ? null : string.Join("; ", groups.Select(group => $"{string.Join(", ", group.Select(node => node.Name))}: {Short(group.Key)}"));
    }

    /// <summary>What more than half of the nodes report; null when nothing is.</summary>
    public static string? Majority(IReadOnlyCollection<NodeState> nodes, Func<NodeState, string> digest)
    {
        var largest = nodes.GroupBy(digest, StringComparer.Ordinal).MaxBy(group => group.Count());
        return largest is not null && 2 * largest.Count() > nodes.Count ? largest.Key : null;
    }

    /// <summary>As much of a digest as a person compares.</summary>
    public static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;
}
