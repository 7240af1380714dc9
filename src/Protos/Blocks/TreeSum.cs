namespace Lockstep.Protos;

/// <summary>
/// Partial sums over blocks of one set of microbatches, each joined with its sibling as soon as both are there. The
/// tree fixes every operand of every addition, so the order of arrival cannot change a bit of the result. Thread-safe;
/// the joining itself runs outside the lock. Complete when only the maximal aligned blocks of the set are left.
/// </summary>
/// <param name="set">The microbatches to be summed; any set.</param>
/// <param name="join">(left, right) -> left + right; may reuse either.</param>
public sealed class TreeSum<T>(MicrobatchSet set, Func<T, T, T> join) where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MicrobatchBlock, T> _partials = [];
    private readonly MicrobatchBlock[] _roots = [.. set.Blocks];
    private readonly bool[] _claimed = new bool[set.IsEmpty ? 0 : set.Blocks[^1].End];
    private int _finishedRoots;

    /// <summary>Partial sums over one range.</summary>
    public TreeSum(MicrobatchBlock range, Func<T, T, T> join) : this(MicrobatchSet.Of(range), join)
    {
    }

    /// <summary>The maximal aligned blocks of the set, ascending.</summary>
    public IReadOnlyList<MicrobatchBlock> Roots => _roots;

    /// <summary>True when every root holds its sum.</summary>
    public bool IsComplete
    {
        get { lock (_gate) return _finishedRoots == _roots.Length; }
    }

    /// <summary>The microbatches that nobody has claimed.</summary>
    public IReadOnlyList<int> Missing
    {
        get { lock (_gate) return [.. set.Members.Where(m => !_claimed[m])]; }
    }

    /// <summary>Reserves a block for the caller, who then inserts it. Returns null, or why the block is refused.</summary>
    public string? Claim(MicrobatchBlock block)
    {
        if (!block.IsAligned) return $"microbatches {block} are not an aligned power-of-two block";
        if (!RootOf(block).Contains(block)) return $"microbatches {block} lie outside {set}";
        lock (_gate)
        {
            var claimed = _claimed.AsSpan(block.First, block.Count);
            if (claimed.Contains(true)) return $"microbatches {block} were already summed";
            claimed.Fill(true);
        }
        return null;
    }

    /// <summary>Adds the sum of a claimed block and joins upwards. True for the call that completes the set.</summary>
    public bool Insert(MicrobatchBlock block, T partial) => Insert(block, partial, out _);

    /// <summary>Adds the sum of a claimed block and joins upwards. True for the call that completes the set.</summary>
    /// <param name="root">The root that this call has finished; an empty block when it has finished none.</param>
    public bool Insert(MicrobatchBlock block, T partial, out MicrobatchBlock root)
    {
        var top = RootOf(block);
        while (true)
        {
            T? sibling;
            lock (_gate)
            {
                if (block == top)
                {
                    root = top;
                    _partials.Add(block, partial);
                    return ++_finishedRoots == _roots.Length;
                }
                if (!_partials.Remove(block.Sibling, out sibling))
                {
                    root = default;
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

    // The last root that begins at or before the block: the only one that can hold it.
    private MicrobatchBlock RootOf(MicrobatchBlock block)
    {
        var (low, high) = (0, _roots.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_roots[middle].First <= block.First) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? default : _roots[low - 1];
    }
}
