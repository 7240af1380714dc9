namespace Lockstep.Models.Chance;

/// <summary>
/// Counter-based random numbers (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
/// A stream is named by its key and never shared, so any node can draw any sample's numbers at any time.
/// </summary>
public struct Philox
{
    private const uint MultiplierA = 0xD2511F53, MultiplierB = 0xCD9E8D57;
    private const uint WeylA = 0x9E3779B9, WeylB = 0xBB67AE85;

    private readonly uint _key0, _key1, _word1, _word2, _word3;
    private uint _block;
    private uint _out0, _out1, _out2, _out3;
    private int _left;

    /// <param name="domain">What the numbers are for.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="a">First part of the key, 32 bits: epoch or step.</param>
    /// <param name="b">Second part, 48 bits: sample or microbatch.</param>
    /// <param name="c">Third part, 16 bits: crop, attempt or place.</param>
    public Philox(ChanceDomain domain, ulong seed, ulong a, ulong b = 0, ulong c = 0)
    {
        if (a > uint.MaxValue) throw new ArgumentOutOfRangeException(nameof(a), a, "must fit 32 bits");
        if (b >= 1UL << 48) throw new ArgumentOutOfRangeException(nameof(b), b, "must fit 48 bits");
        if (c > ushort.MaxValue) throw new ArgumentOutOfRangeException(nameof(c), c, "must fit 16 bits");
        var key = Mix(seed + 0x9E3779B97F4A7C15UL * (ulong)domain);
        (_key0, _key1) = ((uint)key, (uint)(key >> 32));
        (_word1, _word2, _word3) = ((uint)a, (uint)b, (uint)(b >> 32) << 16 | (uint)c);
        (_block, _left) = (0, 0);
        (_out0, _out1, _out2, _out3) = (0, 0, 0, 0);
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_left == 0) Refill();
        return (--_left) switch { 3 => _out0, 2 => _out1, 1 => _out2, _ => _out3 };
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => (ulong)NextUInt32() << 32 | NextUInt32();

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform integer in [0, count); count must be positive. Bias below 2^-32 for counts under 2^31.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextUInt64(), (ulong)count, out _);
    }

    /// <summary>True with the given probability.</summary>
    public bool NextBool(double probability) => NextDouble() < probability;

    /// <summary>A standard normal number (Box-Muller, one of the pair).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>The ten rounds: a counter of 128 bits under a key of 64 to 128 random bits.</summary>
    internal static (uint, uint, uint, uint) Rounds((uint, uint, uint, uint) counter, (uint, uint) key)
    {
        var (x0, x1, x2, x3) = counter;
        var (k0, k1) = key;
        for (var round = 0; round < 10; round++)
        {
            var a = (ulong)MultiplierA * x0;
            var b = (ulong)MultiplierB * x2;
            (x0, x1, x2, x3) = ((uint)(b >> 32) ^ x1 ^ k0, (uint)b, (uint)(a >> 32) ^ x3 ^ k1, (uint)a);
            k0 += WeylA;
            k1 += WeylB;
        }
        return (x0, x1, x2, x3);
    }

    private void Refill()
    {
        (_out0, _out1, _out2, _out3) = Rounds((_block++, _word1, _word2, _word3), (_key0, _key1));
        _left = 4;
    }

    // The finaliser of SplitMix64: a bijection that spreads neighbouring seeds.
    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ x >> 27) * 0x94D049BB133111EBUL;
        return x ^ x >> 31;
    }
}
