using System.Numerics;

namespace Lockstep.Coordinator.Planning;

/// <summary>Who sums the slices of a generation.</summary>
public static class ReducerChoice
{
    /// <summary>
    /// hub: as asked. auto: hub for one or two nodes, or when a member serves no address; direct for three and more; above
    /// 64 in two levels, in groups of about the square root of the nodes, a power of two. direct: as asked, unless a member
    /// serves no address: then hub. A group size that was asked for is kept.
    /// </summary>
    /// <param name="setting">hub, direct or auto.</param>
    /// <param name="groupSize">Members a group that were asked for; 0: by the rule.</param>
    /// <param name="nodes">Members of the generation.</param>
    /// <param name="allServe">True when every member serves an address to the others.</param>
    /// <returns>The reducer; members a group, 0 for one level; and why it is not what was asked, or null.</returns>
    public static (string Reducer, int GroupSize, string? Why) Of(string setting, int groupSize, int nodes, bool allServe)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        ArgumentOutOfRangeException.ThrowIfNegative(groupSize);
        return (setting, allServe) switch
        {
            ("hub", _) => Hub(null),
            ("direct", true) => Direct(),
            ("direct", false) => Hub("the coordinator sums every slice (hub) instead of direct: not all members serve an address to the others"),
            ("auto", _) when nodes <= 2 => Hub(null),
            ("auto", true) => Direct(),
            ("auto", false) => Hub($"the coordinator sums every slice (hub) for {nodes} nodes: not all members serve an address to the others"),
            _ => throw new ArgumentException($"Reducer is '{setting}'; it must be hub, direct or auto.", nameof(setting)),
        };

        (string, int, string?) Hub(string? why) => ("hub", 0, why);

        (string, int, string?) Direct() => ("direct", groupSize > 0 ? (groupSize < nodes ? groupSize : 0) : GroupOf(nodes), null);
    }

    // The power of two nearest to the square root, by ratio: 65 to 128 nodes 8, up to 512 nodes 16, up to 2048 nodes 32.
    private static int GroupOf(int nodes) => nodes <= 64 ? 0 : 1 << (BitOperations.Log2((uint)nodes - 1) + 1) / 2;
}
