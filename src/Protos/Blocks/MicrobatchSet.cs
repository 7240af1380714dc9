using System.Numerics;

namespace Lockstep.Protos;

/// <summary>An immutable set of microbatches: what a node is to compute, or holds, of one step.</summary>
public sealed class MicrobatchSet : IEquatable<MicrobatchSet>
{
    private readonly ulong[] _words;

    private MicrobatchSet(ulong[] words)
    {
        _words = words;
        Count = words.Sum(BitOperations.PopCount);
    }

    /// <summary>No microbatch.</summary>
    public static MicrobatchSet Empty { get; } = new([]);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    public bool IsEmpty => Count == 0;

    /// <summary>The members of one range.</summary>
    public static MicrobatchSet Of(MicrobatchBlock range) => Of([range]);

    /// <summary>The members of several ranges.</summary>
    public static MicrobatchSet Of(IEnumerable<MicrobatchBlock> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var words = new List<ulong>();
        foreach (var range in ranges)
        {
            for (var m = range.First; m < range.End; m++)
            {
                while (words.Count <= m / 64) words.Add(0);
                words[m / 64] |= 1UL << (m % 64);
            }
        }
        return new(Trimmed([.. words]));
    }

    public bool Contains(int microbatch) => microbatch >= 0 && microbatch / 64 < _words.Length && (_words[microbatch / 64] >> (microbatch % 64) & 1) != 0;

    /// <summary>True when the whole block is in the set.</summary>
    public bool Contains(MicrobatchBlock block)
    {
        for (var m = block.First; m < block.End; m++)
        {
            if (!Contains(m)) return false;
        }
        return true;
    }

    public MicrobatchSet Union(MicrobatchSet other) => Combine(other, static (a, b) => a | b);

    public MicrobatchSet Except(MicrobatchSet other) => Combine(other, static (a, b) => a & ~b);

    public MicrobatchSet Intersect(MicrobatchSet other) => Combine(other, static (a, b) => a & b);

    /// <summary>The members, ascending.</summary>
    public IEnumerable<int> Members => Enumerable.Range(0, _words.Length * 64).Where(Contains);

    /// <summary>The set as the fewest ranges, ascending.</summary>
    public IReadOnlyList<MicrobatchBlock> Ranges
    {
        get
        {
            var ranges = new List<MicrobatchBlock>();
            foreach (var m in Members)
            {
                if (ranges.Count > 0 && ranges[^1].End == m) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
                else ranges.Add(new(m, 1));
            }
            return ranges;
        }
    }

    /// <summary>The maximal aligned power-of-two blocks, ascending: a node sends one partial sum for each.</summary>
    public IReadOnlyList<MicrobatchBlock> Blocks => [.. Ranges.SelectMany(range => DyadicBlocks.Cover(range.First, range.Count))];

    public bool Equals(MicrobatchSet? other) => other is not null && _words.AsSpan().SequenceEqual(other._words);

    public override bool Equals(object? obj) => Equals(obj as MicrobatchSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var word in _words) hash.Add(word);
        return hash.ToHashCode();
    }

    public override string ToString() => IsEmpty ? "none" : string.Join(" ", Ranges);

    private MicrobatchSet Combine(MicrobatchSet other, Func<ulong, ulong, ulong> combine)
    {
        ArgumentNullException.ThrowIfNull(other);
        var words = new ulong[Math.Max(_words.Length, other._words.Length)];
        for (var i = 0; i < words.Length; i++) words[i] = combine(i < _words.Length ? _words[i] : 0, i < other._words.Length ? other._words[i] : 0);
        return new(Trimmed(words));
    }

    // One form for one set, so that equality is that of the words.
    private static ulong[] Trimmed(ulong[] words)
    {
        var length = words.Length;
        while (length > 0 && words[length - 1] == 0) length--;
        return words[..length];
    }
}
