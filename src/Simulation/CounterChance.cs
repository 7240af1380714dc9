namespace Lockstep.Simulation;

/// <summary>What random numbers are for.</summary>
internal enum ChanceUse : ulong
{
    Compute = 1,
    Fault = 2,
    Loss = 3,
}

/// <summary>
/// Random numbers as a function of what they are for: the finalizer of SplitMix64 (Steele, Lea and Flood 2014) over seed,
/// use and two counters. So a microbatch takes the same time in every cluster, and runs can be compared.
/// </summary>
internal static class CounterChance
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Uniform in (0, 1).</summary>
    public static double Uniform(ulong seed, ChanceUse use, ulong a, ulong b) =>
        ((Bits(seed, use, a, b) >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>Standard normal (Box and Muller 1958).</summary>
    public static double Normal(ulong seed, ChanceUse use, ulong a, ulong b)
    {
        var bits = Bits(seed, use, a, b);
        var radius = ((uint)bits + 0.5) * (1.0 / (1UL << 32));
        var angle = (uint)(bits >> 32) * (1.0 / (1UL << 32));
        return Math.Sqrt(-2 * Math.Log(radius)) * Math.Cos(2 * Math.PI * angle);
    }

    private static ulong Bits(ulong seed, ChanceUse use, ulong a, ulong b) =>
        Mix(Mix(Mix(seed + Golden * (ulong)use) + Golden * (a + 1)) + Golden * (b + 1));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
