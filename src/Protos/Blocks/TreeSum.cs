using System.Diagnostics.CodeAnalysis;

namespace Lockstep.Protos;

/// <summary>
/// Partial sums over blocks of one range of microbatches, each joined with its sibling as soon as both are there. The
/// tree fixes every operand of every addition, so the order of arrival cannot change a bit of the result. Thread-safe;
/// the joining itself runs outside the lock. Complete when only the maximal aligned blocks of the range are left.
/// </summary>
/// <param name="range">The microbatches to be summed; any range, not only an aligned one.</param>
/// <param name="join">(left, right) -> left + right; may reuse either.</param>
public sealed class TreeSum<T>(MicrobatchBlock range, Func<T, T, T> join) where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MicrobatchBlock, T> _partials = [];
    private readonly bool[] _claimed = new bool[range.Count];
    private readonly MicrobatchBlock[] _roots = [.. DyadicBlocks.Cover(range.First, range.Count)];
    private int _finishedRoots;

    /// <summary>The maximal aligned blocks of the range, ascending.</summary>
    public IReadOnlyList<MicrobatchBlock> Roots => _roots;

    /// <summary>True when every root holds its sum.</summary>
    public bool IsComplete
    {
        get { lock (_gate) return _finishedRoots == _roots.Length; }
    }

    /// <summary>The microbatches that nobody has claimed.</summary>
    public IReadOnlyList<int> Missing
    {
        get { lock (_gate) return [.. Enumerable.Range(range.First, range.Count).Where(m => !_claimed[m - range.First])]; }
    }

    /// <summary>Reserves a block for the caller, who then inserts it. Returns null, or why the block is refused.</summary>
    public string? Claim(MicrobatchBlock block)
    {
        if (!block.IsAligned) return $"microbatches {block} are not an aligned power-of-two block";
        if (!range.Contains(block)) return $"microbatches {block} lie outside {range}";
        lock (_gate)
        {
            var claimed = _claimed.AsSpan(block.First - range.First, block.Count);
            if (claimed.Contains(true)) return $"microbatches {block} were already summed";
            claimed.Fill(true);
        }
        return null;
    }

    /// <summary>Takes the sibling's sum out, for a caller who joins it on the way in and inserts the parent.</summary>
    public bool TryTakeSibling(MicrobatchBlock block, [MaybeNullWhen(false)] out T partial)
    {
        lock (_gate)
        {
            partial = null;
            return range.Contains(block.Parent) && _partials.Remove(block.Sibling, out partial);
        }
    }

    /// <summary>Adds the sum of a claimed block and joins upwards. True for the call that completes the range.</summary>
    public bool Insert(MicrobatchBlock block, T partial)
    {
        while (true)
        {
            T? sibling;
            lock (_gate)
            {
                if (!range.Contains(block.Parent))
                {
                    _partials.Add(block, partial);
                    return ++_finishedRoots == _roots.Length;
                }
                if (!_partials.Remove(block.Sibling, out sibling))
                {
                    _partials.Add(block, partial);
                    return false;
                }
            }
            partial = block.IsLeft ? join(partial, sibling) : join(sibling, partial);
            block = block.Parent;
        }
    }

    /// <summary>The sum of a root; the tree must be complete.</summary>
    public T SumOf(MicrobatchBlock root)
    {
        lock (_gate) return _partials[root];
    }

    /// <summary>Takes the sum of a root out; its microbatches stay claimed until Reset.</summary>
    public T TakeRoot(MicrobatchBlock root)
    {
        lock (_gate) return _partials.Remove(root, out var sum) ? sum : throw new KeyNotFoundException($"No sum over microbatches {root}.");
    }

    /// <summary>Forgets everything, handing each partial sum to <paramref name="free"/>. Allocates nothing.</summary>
    public void Reset(Action<T> free)
    {
        lock (_gate)
        {
            foreach (var partial in _partials.Values) free(partial);
            _partials.Clear();
            Array.Clear(_claimed);
            _finishedRoots = 0;
        }
    }
}
