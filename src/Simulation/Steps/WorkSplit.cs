using System.Collections.Immutable;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;

namespace Lockstep.Simulation.Steps;

/// <summary>Who computes which microbatches, as the coordinator would cut them, and how many partial sums that makes.</summary>
public sealed class WorkSplit
{
    // Above this the coordinator's search for the fewest blocks would take longer than the simulation.
    private const long MostChoices = 500_000;

    public WorkSplit(int microbatches, int nodes)
    {
        var larger = microbatches % nodes;
        Ranges = (long)nodes * (larger + 1) <= MostChoices ? Assignment.Ranges(microbatches, nodes) : LargerFirst(microbatches, nodes);
        Blocks = [.. Ranges.Select(BlocksOf)];
    }

    /// <summary>The range of every node.</summary>
    public ImmutableArray<MicrobatchBlock> Ranges { get; }

    /// <summary>Aligned blocks of every node's range: the partial sums that it sends of each slice.</summary>
    public ImmutableArray<int> Blocks { get; }

    /// <summary>Microbatches of the node that has most.</summary>
    public int MostMicrobatches => Ranges.Max(r => r.Count);

    /// <summary>Partial sums of the node that has most.</summary>
    public int MostBlocks => Blocks.Max();

    /// <summary>Partial sums of the group of neighbours that has most.</summary>
    public int MostGroupBlocks(int group)
    {
        var most = 1;
        for (var first = 0; first < Ranges.Length; first += group)
        {
            var last = Math.Min(first + group, Ranges.Length) - 1;
            most = Math.Max(most, BlocksOf(new(Ranges[first].First, Ranges[last].End - Ranges[first].First)));
        }
        return most;
    }

    private static int BlocksOf(MicrobatchBlock range) => DyadicBlocks.Cover(range.First, range.Count).Count;

    private static ImmutableArray<MicrobatchBlock> LargerFirst(int microbatches, int nodes)
    {
        var (size, larger) = Math.DivRem(microbatches, nodes);
        return [.. Enumerable.Range(0, nodes).Select(i => new MicrobatchBlock(i * size + Math.Min(i, larger), i < larger ? size + 1 : size))];
    }
}
