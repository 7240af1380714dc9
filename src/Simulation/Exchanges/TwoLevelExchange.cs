using Lockstep.Simulation.Flows;

namespace Lockstep.Simulation.Exchanges;

/// <summary>
/// The reducer `direct` in two levels. In a group of g every member owns 1/g of the slices (level 1) and sums the group's
/// part of them; of the m = n/g owners of a slice, one a group, each is the root of 1/m of it. Four hops: members to owner,
/// owners to roots, roots to owners, owner to members. A node talks to g - 1 + m - 1 others instead of n - 1.
/// </summary>
internal static class TwoLevelExchange
{
    /// <param name="shape">Nodes: one class, or single nodes in the order of their groups.</param>
    /// <param name="group">Members a group, g. When it does not divide n, n is rounded up to whole groups.</param>
    /// <param name="groupBlocks">Partial sums that an owner sends of a slice of its group's sum.</param>
    /// <param name="batched">Within a group the parts of all roots go in one message; else in one each, as the reduce engine does.</param>
    public static void Build(FlowNetwork network, ExchangeShape shape, int group, int groupBlocks, bool batched)
    {
        var groups = (shape.Count + group - 1) / group;
        var single = shape.Nodes.Count > 1;
        if (single && (shape.Nodes.Count != shape.Count || group * groups != shape.Count))
            throw new ArgumentException("Two levels want one class of nodes, or single nodes in full groups.", nameof(shape));

        // One class stands for all, or each for itself: then positions are g members by m groups.
        var (members, memberCount) = single ? (group, 1) : (1, group);
        var (teams, teamCount) = single ? (groups, 1) : (1, groups);
        var lines = new NodeLines[teams, members];
        foreach (var (t, i) in Pairs(teams, members)) lines[t, i] = NodeLines.Add(network);
        NodeClass NodeOf(int team, int member) => shape.Nodes[single ? team * group + member : 0];
        int? Level1(int team, int from, int to) => NodeLines.Between(network, lines[team, from], memberCount, lines[team, to], memberCount, from == to, teamCount);
        int? Level2(int member, int from, int to) => NodeLines.Between(network, lines[from, member], teamCount, lines[to, member], teamCount, from == to, memberCount);
        var (scatter1, gather1) = (Table(teams, members, Level1), Table(teams, members, Level1));
        var (scatter2, gather2) = (Table(members, teams, Level2), Table(members, teams, Level2));

        var (rounds, messages) = batched ? (shape.SlicesOf(group), 1) : (shape.SlicesOf(group * groups), groups);
        var slice = shape.GradientBytes / group / rounds;
        var inGroup = shape.Link.Cost(slice / messages, messages);
        var (part, partialCost) = (shape.Link.Cost(slice / groups), shape.Link.Cost(slice / groups, groupBlocks));
        for (var round = 0; round < rounds; round++)
        {
            var final = new int[teams, members];
            foreach (var (t, i) in Pairs(teams, members)) final[t, i] = network.At(NodeOf(t, i).Gradient.TimeOf((round + 1.0) / rounds));

            // :: 1 members to owner   :: 2 owners to roots
            var groupSum = Join(network, teams, members, (t, owner) =>
                [final[t, owner], .. Each(members, from => scatter1[t, from, owner], (from, s) => network.Send(s, NodeOf(t, from).Blocks * inGroup, final[t, from]))]);
            var rootSum = Join(network, teams, members, (root, i) =>
                [groupSum[root, i], .. Each(teams, from => scatter2[i, from, root], (from, s) => network.Send(s, partialCost, groupSum[from, i]))]);

            // :: 3 roots to owners    :: 4 owner to members
            var whole = Join(network, teams, members, (t, owner) =>
                [rootSum[t, owner], .. Each(teams, root => gather2[owner, root, t], (root, s) => network.Send(s, part, rootSum[root, owner]))]);
            Join(network, teams, members, (t, to) =>
                [whole[t, to], .. Each(members, owner => gather1[t, owner, to], (owner, s) => network.Send(s, inGroup, whole[t, owner]))]);
        }
    }

    private static int[,] Join(FlowNetwork network, int teams, int members, Func<int, int, int[]> parts)
    {
        var joined = new int[teams, members];
        foreach (var (t, i) in Pairs(teams, members)) joined[t, i] = network.All(parts(t, i));
        return joined;
    }

    private static IEnumerable<int> Each(int count, Func<int, int?> stream, Func<int, int, int> send)
    {
        for (var i = 0; i < count; i++)
        {
            if (stream(i) is { } s) yield return send(i, s);
        }
    }

    private static int?[,,] Table(int outer, int inner, Func<int, int, int, int?> stream)
    {
        var table = new int?[outer, inner, inner];
        for (var o = 0; o < outer; o++)
        {
            foreach (var (from, to) in Pairs(inner, inner)) table[o, from, to] = stream(o, from, to);
        }
        return table;
    }

    private static IEnumerable<(int First, int Second)> Pairs(int first, int second) =>
        from a in Enumerable.Range(0, first) from b in Enumerable.Range(0, second) select (a, b);
}
