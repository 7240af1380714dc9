using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Who computes what of the open step after a change of membership.</summary>
public static class Recovery
{
    /// <summary>
    /// Disjoint sets that together are [0, M). What a survivor holds or is computing stays with it, block by block: the
    /// partial sum of an aligned block can only be used whole. Where blocks of two survivors overlap, one lies inside the
    /// other, and the larger is kept (of equal ones that of the survivor that holds less, then the first), so nothing is
    /// computed that somebody holds. What nobody holds is shared out so that the longest added time is as short as it can
    /// be, in few aligned blocks: the largest first, to whom it completes a larger block, else to a neighbour, else to
    /// whoever has the most left to take; a block that is too large for everybody is halved.
    /// </summary>
    /// <param name="microbatches">M.</param>
    /// <param name="held">What each survivor holds or is computing.</param>
    /// <param name="secondsPerMicrobatch">For each survivor; null: all are equally fast.</param>
    public static ImmutableArray<MicrobatchSet> Share(int microbatches, IReadOnlyList<MicrobatchSet> held, IReadOnlyList<double>? secondsPerMicrobatch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(microbatches);
        ArgumentNullException.ThrowIfNull(held);
        ArgumentOutOfRangeException.ThrowIfZero(held.Count, nameof(held));
        var seconds = secondsPerMicrobatch ?? [.. Enumerable.Repeat(1.0, held.Count)];
        if (seconds.Count != held.Count) throw new ArgumentException($"There are {held.Count} survivors and {seconds.Count} speeds.", nameof(secondsPerMicrobatch));

        // Nobody holds anything: the step is shared out like any other.
        if (held.All(set => set.IsEmpty) && held.Count <= microbatches)
            return [.. Assignment.Ranges(microbatches, seconds).Select(MicrobatchSet.Of)];

        var deal = new BlockDeal(microbatches, held.Count);
        var holders = held.SelectMany((set, i) => set.Blocks.Select(block => (Block: block, Survivor: i)));
        foreach (var (block, i) in holders.OrderByDescending(h => h.Block.Count).ThenBy(h => held[h.Survivor].Count).ThenBy(h => h.Survivor))
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(block.End, microbatches, nameof(held));
            if (deal.IsFree(block.First)) deal.Give(block, i);
        }

        var free = deal.Free;
        deal.ShareOut(free, Quota.Of(free.Sum(block => block.Count), seconds, least: 0).Counts());
        return deal.Sets();
    }
}
