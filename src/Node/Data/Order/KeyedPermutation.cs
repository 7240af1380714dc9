using Lockstep.Models.Chance;

namespace Lockstep.Node.Data.Order;

/// <summary>
/// A bijection on [0, count) chosen by a key, computable at any position without a table: a Feistel network on the
/// digits of position = left * width + right, width about sqrt(count), whose round function is Philox; positions past
/// count are walked on until they fall inside (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
/// </summary>
public readonly struct KeyedPermutation
{
    private const int Rounds = 8;

    // Bits of the key's second part that a digit takes when there are several parts.
    private const int DigitBits = 16;

    private readonly ChanceDomain _domain;
    private readonly ulong _seed, _epoch, _part;
    private readonly uint _height, _width;

    /// <param name="count">Size of the set; 1 to 2^62, or to 2^32 where there are several parts.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">Which of the seed's permutations.</param>
    /// <param name="domain">What is permuted.</param>
    /// <param name="part">Which of the epoch's permutations, when it has several in this domain.</param>
    public KeyedPermutation(long count, ulong seed, long epoch, ChanceDomain domain = ChanceDomain.Order, int part = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, part == 0 ? 1L << 62 : 1L << (2 * DigitBits));
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        (Count, _seed, _epoch, _domain, _part) = (count, seed, (ulong)epoch, domain, (ulong)part << DigitBits);
        _width = (uint)Math.Ceiling(Math.Sqrt(count));
        _height = (uint)((count + _width - 1) / _width);
    }

    public long Count { get; }

    /// <summary>The element at a position.</summary>
    public long At(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
        do position = Encrypt(position);
        while (position >= Count);
        return position;
    }

    private long Encrypt(long position)
    {
        var (left, right) = ((uint)(position / _width), (uint)(position % _width));
        for (var round = 0u; round < Rounds; round += 2)
        {
            left = (uint)((left + (ulong)Draw(right, round, _height)) % _height);
            right = (uint)((right + (ulong)Draw(left, round + 1, _width)) % _width);
        }
        return left * (long)_width + right;
    }

    private uint Draw(uint other, uint round, uint below)
    {
        var philox = new Philox(_domain, _seed, _epoch, _part + other, round);
        return (uint)((ulong)philox.NextUInt32() * below >> 32);
    }
}
