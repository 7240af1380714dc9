using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Who computes which microbatches.</summary>
public static class Assignment
{
    /// <summary>
    /// Contiguous ranges for n nodes that together are [0, M), of sizes that differ by one at most. Of all such cuts the
    /// one with the fewest aligned blocks, since a node sends one partial sum a block; among equals, the larger ranges
    /// first.
    /// </summary>
    public static ImmutableArray<MicrobatchBlock> Ranges(int microbatches, int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, microbatches);
        var (size, larger) = Math.DivRem(microbatches, nodes);

        // fewest[i, l]: blocks that nodes i.. need when the nodes before i took l of the larger ranges.
        var fewest = new int[nodes + 1, larger + 1];
        for (var node = nodes - 1; node >= 0; node--)
        {
            for (var taken = 0; taken <= larger; taken++)
            {
                fewest[node, taken] = taken > node || larger - taken > nodes - node
                    ? int.MaxValue
                    : Math.Min(Cost(node, taken, 1), Cost(node, taken, 0));
            }
        }

        var ranges = ImmutableArray.CreateBuilder<MicrobatchBlock>(nodes);
        for (var (node, taken) = (0, 0); node < nodes; node++)
        {
            var extra = Cost(node, taken, 1) == fewest[node, taken] ? 1 : 0;
            ranges.Add(new(node * size + taken, size + extra));
            taken += extra;
        }
        return ranges.MoveToImmutable();

        int Cost(int node, int taken, int extra)
        {
            if (taken + extra > larger || fewest[node + 1, taken + extra] == int.MaxValue) return int.MaxValue;
            return DyadicBlocks.Cover(node * size + taken, size + extra).Count + fewest[node + 1, taken + extra];
        }
    }
}
