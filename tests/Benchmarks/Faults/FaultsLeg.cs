namespace Lockstep.Benchmarks.Faults;

/// <summary>One cluster's part of the benchmark: what was measured between two moments.</summary>
internal sealed record FaultsLeg(
    string Name, double From, double To, IReadOnlyList<(double At, long Steps)> Commits, IReadOnlyList<FaultOutcome> Faults,
    (long Lost, long Computed, long Needed) Microbatches, IReadOnlyList<string> Failed, IReadOnlyDictionary<long, string> Digests, string Load)
{
    public double Seconds => To - From;

    public long Steps => StepsAt(To) - StepsAt(From);

    public double StepsPerSecond => Steps / Seconds;

    public long StepsAt(double at) => Commits.LastOrDefault(c => c.At <= at).Steps;

    /// <summary>Longest time between two commits of which at least a part lies between two moments.</summary>
    public double LongestGap(double from, double to) =>
        Commits.Zip(Commits.Skip(1)).Where(pair => pair.Second.At >= from && pair.First.At <= to).Select(pair => pair.Second.At - pair.First.At).DefaultIfEmpty(double.NaN).Max();
}
