using System.Globalization;

namespace Lockstep.Benchmarks.Faults;

/// <summary>Prints what was measured, and says whether it is good enough.</summary>
internal sealed class FaultsReport(FaultsOptions options)
{
    private const double Wanted = 0.95;

    public void Begin()
    {
        Console.WriteLine(Machine.Describe());
        Write($"{options.Nodes} nodes, {options.Microbatches} microbatches of {options.MicrobatchMilliseconds} ms, {options.Kilobytes} KiB summed a step; a fault every {options.EverySeconds} s for {options.Minutes} min; seed {options.Seed}");
        Write($"a quiet step takes {1e-3 * options.MicrobatchMilliseconds * Math.Ceiling((double)options.Microbatches / options.Nodes):F3} s of sleep, one with a node less {1e-3 * options.MicrobatchMilliseconds * Math.Ceiling(options.Microbatches / Math.Max(1.0, options.Nodes - 1)):F3} s");
    }

    public void Fault(FaultOutcome fault, double from) =>
        Write($"  {fault.At - from,6:F1} s  {fault.Kind} {fault.Target}: {(double.IsNaN(fault.WholeAt) ? "not whole before the next" : string.Create(CultureInfo.InvariantCulture, $"whole after {fault.WholeAt - fault.At:F2} s"))}");

    public void Leg(FaultsLeg leg)
    {
        Write($"{leg.Name,-14} {leg.StepsPerSecond:F3} steps/s ({leg.Steps} in {leg.Seconds:F0} s, longest gap {leg.LongestGap(leg.From, leg.To):F2} s, load {leg.Load} at its end)");
        Write($"{"",-14} microbatches lost {leg.Microbatches.Lost}, computed {leg.Microbatches.Computed} for {leg.Microbatches.Needed} committed");
        foreach (var name in leg.Failed) Write($"{"",-14} {name} ended by itself");
    }

    /// <summary>The last lines; true when all is as it should be.</summary>
    public bool End(IReadOnlyList<FaultsLeg> legs)
    {
        var (quiet, faults) = (legs.Where(leg => leg.Faults.Count == 0).ToList(), legs.Single(leg => leg.Faults.Count > 0));
        var rate = quiet.Sum(leg => leg.Steps) / quiet.Sum(leg => leg.Seconds);
        Console.WriteLine("fault              n   no commits, s (median, max)   whole again, s (median, max)   cost, s of quiet steps (mean)");
        foreach (var kind in faults.Faults.GroupBy(f => f.Kind))
        {
            var gaps = kind.Select(f => faults.LongestGap(f.At, Aftermath(f))).Order().ToList();
            var whole = kind.Select(f => double.IsNaN(f.WholeAt) ? double.PositiveInfinity : f.WholeAt - f.At).Order().ToList();
            // From just before this one until just before the next.
            var cost = kind.Average(f => options.EverySeconds - (faults.StepsAt(f.At + options.EverySeconds) - faults.StepsAt(f.At)) / rate);
            Write($"{kind.Key,-16} {kind.Count(),3}   {gaps[gaps.Count / 2],10:F2} {gaps[^1],8:F2}          {whole[whole.Count / 2],10:F2} {whole[^1],8:F2}           {cost,10:F2}");
        }
        var ratio = faults.StepsPerSecond / rate;
        Write($"throughput     quiet {rate:F3} steps/s, under faults {faults.StepsPerSecond:F3}, ratio {ratio:F4} (wanted {Wanted})");
        var equal = CheckDigests(legs);
        return ratio >= Wanted && equal && legs.All(leg => leg.Failed.Count == 0);

        double Aftermath(FaultOutcome fault) => double.IsNaN(fault.WholeAt) ? fault.At + options.EverySeconds : Math.Min(fault.WholeAt + 1, fault.At + options.EverySeconds);
    }

    private bool CheckDigests(IReadOnlyList<FaultsLeg> legs)
    {
        using var truth = new TrueDigests(options);
        var last = legs.Max(leg => leg.Digests.Keys.Max());
        var (wrong, checkedLines) = (0, 0);
        for (var step = 1L; step <= last; step++)
        {
            var digest = truth.Next();
            foreach (var leg in legs)
            {
                if (!leg.Digests.TryGetValue(step, out var found)) continue;
                checkedLines++;
                if (found != digest && wrong++ < 5) Write($"{leg.Name}: the digest after step {step} is {found}, not {digest}");
            }
        }
        var missing = legs.Sum(leg => leg.Digests.Keys.Max() - leg.Digests.Count);
        Write($"digests        {checkedLines} lines of metrics.jsonl in {legs.Count} runs, {wrong} differ from those of one thread, {missing} steps without a line");
        return wrong == 0;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
