using System.Collections;
using System.Collections.Immutable;
using System.Numerics;
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
        return Ranges(microbatches, [.. Enumerable.Repeat(1.0, nodes)]);
    }

    /// <summary>
    /// Contiguous ranges in the order of the nodes that together are [0, M), at least one microbatch each, so that the
    /// slowest node's time is as short as it can be. Where nodes tie for the last microbatches, the cut with the fewest
    /// aligned blocks; among equals, the larger ranges first.
    /// </summary>
    /// <param name="microbatches">M.</param>
    /// <param name="secondsPerMicrobatch">For each node; only ratios matter.</param>
    public static ImmutableArray<MicrobatchBlock> Ranges(int microbatches, IReadOnlyList<double> secondsPerMicrobatch)
    {
        ArgumentNullException.ThrowIfNull(secondsPerMicrobatch);
        var nodes = secondsPerMicrobatch.Count;
        ArgumentOutOfRangeException.ThrowIfZero(nodes, nameof(secondsPerMicrobatch));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, microbatches);
        var (sure, may, open) = Quota.Of(microbatches, secondsPerMicrobatch, least: 1);

        // What the nodes before node i take surely (first[i]), and how many open microbatches they took at least and at most.
        var (first, least, most) = (new int[nodes + 1], new int[nodes + 1], new int[nodes + 1]);
        var candidates = may.Count(m => m);
        for (int i = 0, before = 0; i <= nodes; i++)
        {
            (least[i], most[i]) = (Math.Max(0, open - (candidates - before)), Math.Min(open, before));
            if (i == nodes) break;
            first[i + 1] = first[i] + sure[i];
            if (may[i]) before++;
        }

        // fewest[t]: blocks that nodes i.. need when the nodes before i took t of the open microbatches.
        var (fewest, further) = (new int[open + 1], new int[open + 1]);
        var takes = new BitArray[nodes];
        for (var i = nodes - 1; i >= 0; i--)
        {
            (fewest, further) = (further, fewest);
            takes[i] = new BitArray(most[i] - least[i] + 1);
            for (var t = least[i]; t <= most[i]; t++)
            {
                var larger = may[i] && t < most[i + 1] ? CountBlocks(first[i] + t, sure[i] + 1) + further[t + 1] : int.MaxValue;
                var smaller = t >= least[i + 1] ? CountBlocks(first[i] + t, sure[i]) + further[t] : int.MaxValue;
                fewest[t] = Math.Min(larger, smaller);
                takes[i][t - least[i]] = larger <= smaller;
            }
        }

        var ranges = ImmutableArray.CreateBuilder<MicrobatchBlock>(nodes);
        for (var (i, taken) = (0, 0); i < nodes; i++)
        {
            var extra = takes[i][taken - least[i]] ? 1 : 0;
            ranges.Add(new(first[i] + taken, sure[i] + extra));
            taken += extra;
        }
        return ranges.MoveToImmutable();
    }

    // DyadicBlocks.Cover(first, count).Count without the list: blocks grow up to the highest bit in which the ends differ,
    // and shrink after it.
    private static int CountBlocks(int first, int count)
    {
        if (count == 0) return 0;
        var end = first + count;
        var bit = BitOperations.Log2((uint)(first ^ end));
        var middle = end >> bit << bit;
        return BitOperations.PopCount((uint)(middle - first)) + BitOperations.PopCount((uint)(end - middle));
    }
}
