namespace Lockstep.World.Tests;

/// <summary>Chance that is the same on every machine and in every version of .NET: a failing seed replays.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The finalizer, as a hash of one number.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>From 0 to below a number.</summary>
    public int Below(int end) => (int)(Next() % (ulong)end);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    public double Between(double least, double most) => least + (most - least) * (Next() >> 11) * (1.0 / (1UL << 53));

    public T Of<T>(params IReadOnlyList<T> choices) => choices[Below(choices.Count)];
}
