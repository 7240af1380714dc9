using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>Aligned blocks of one step given to nodes, and the rule by which the free ones are dealt.</summary>
internal sealed class BlockDeal
{
    private readonly int[] _owners;
    private readonly List<MicrobatchBlock>[] _given;

    // The owner of each block that is as large as its owner's other blocks make it.
    private readonly Dictionary<MicrobatchBlock, int> _merged = [];

    public BlockDeal(int microbatches, int nodes)
    {
        _owners = new int[microbatches];
        Array.Fill(_owners, -1);
        _given = [.. Enumerable.Range(0, nodes).Select(_ => new List<MicrobatchBlock>())];
    }

    /// <summary>What nobody has, as maximal aligned blocks.</summary>
    public IReadOnlyList<MicrobatchBlock> Free
    {
        get
        {
            var free = new List<MicrobatchBlock>();
            for (var at = 0; at < _owners.Length;)
            {
                var next = Array.FindIndex(_owners, at, owner => owner >= 0);
                var end = next < 0 ? _owners.Length : next;
                free.AddRange(DyadicBlocks.Cover(at, end - at));
                at = end + 1;
            }
            return free;
        }
    }

    public bool IsFree(int microbatch) => _owners[microbatch] < 0;

    /// <summary>Gives a free block to a node.</summary>
    public void Give(MicrobatchBlock block, int node)
    {
        _given[node].Add(block);
        Array.Fill(_owners, node, block.First, block.Count);
        while (_merged.TryGetValue(block.Sibling, out var owner) && owner == node)
        {
            _merged.Remove(block.Sibling);
            block = block.Parent;
        }
        _merged.Add(block, node);
    }

    /// <summary>Deals free blocks; each node takes exactly its quota.</summary>
    public void ShareOut(IReadOnlyList<MicrobatchBlock> free, int[] quotas)
    {
        var left = quotas.ToArray();
        var blocks = new PriorityQueue<MicrobatchBlock, (int, int)>(free.Select(block => (block, Order(block))));
        var largest = new PriorityQueue<int, (int, int)>(left.Select((quota, i) => (i, (-quota, i))));
        while (blocks.TryDequeue(out var block, out _))
        {
            if (Taker(block, left, largest) is { } node)
            {
                left[node] -= block.Count;
                Give(block, node);
                continue;
            }
            foreach (var half in new[] { block.First, block.First + block.Count / 2 }.Select(first => new MicrobatchBlock(first, block.Count / 2)))
                blocks.Enqueue(half, Order(half));
        }

        static (int, int) Order(MicrobatchBlock block) => (-block.Count, block.First);
    }

    public ImmutableArray<MicrobatchSet> Sets() => [.. _given.Select(MicrobatchSet.Of)];

    private int? Taker(MicrobatchBlock block, int[] left, PriorityQueue<int, (int, int)> largest)
    {
        if (_merged.TryGetValue(block.Sibling, out var sibling) && left[sibling] >= block.Count) return sibling;

        // A neighbour, where that does not break a larger part of its quota into pieces.
        foreach (var beside in new[] { block.First - 1, block.End })
        {
            if (beside >= 0 && beside < _owners.Length && _owners[beside] is >= 0 and var owner && (left[owner] & block.Count) != 0) return owner;
        }

        // Entries are of the past: bring the first up to date until it is the largest indeed.
        while (largest.TryPeek(out var node, out var order))
        {
            if (-order.Item1 == left[node]) return left[node] >= block.Count ? node : null;
            largest.DequeueEnqueue(node, (-left[node], node));
        }
        return null;
    }
}
