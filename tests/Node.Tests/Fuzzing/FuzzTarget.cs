namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>Takes one input. Throws what a caller is to expect of bad input, or anything else: a finding.</summary>
internal delegate void FuzzFeed(ReadOnlySpan<byte> input);

/// <summary>Something that reads bytes which strangers wrote.</summary>
/// <param name="Name">In messages and in LOCKSTEP_FUZZ_CASE.</param>
/// <param name="Seeds">Good inputs, small and of every kind; what is fed are mutations of them.</param>
/// <param name="Feed">Reads an input. One thread calls it.</param>
/// <param name="IsRefusal">True for the exceptions that say that an input is bad.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, FuzzFeed Feed, Predicate<Exception> IsRefusal)
{
    /// <summary>Where the parts of an input begin (chunks, segments, blocks), which are put into another order.</summary>
    public Func<byte[], IReadOnlyList<int>> Parts { get; init; } = _ => [];

    /// <summary>Makes checksums and sizes right again, for every second input: or nothing would come past them.</summary>
    public Action<byte[]> Mend { get; init; } = _ => { };
}
