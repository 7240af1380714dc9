using Lockstep.Cli.Launch;
using Lockstep.Node.Metrics;

namespace Lockstep.Benchmarks.Faults;

/// <summary>
/// What faults cost: committed steps a second of a cluster to which one thing after the other happens, against a quiet one.
/// Coordinator and nodes are processes of this machine, everything but the computing is the real thing. Half of the quiet
/// time lies before the faults and half after, so that a drift of the machine shows. Fails under 95 %, or when a single step
/// of any run has another digest than one thread computes.
/// </summary>
internal static class FaultsBenchmark
{
    private const double StartSeconds = 180, WarmUpSeconds = 10;

    public static async Task<int> RunAsync(string[] args)
    {
        NativeEnvironment.Apply();
        var options = FaultsOptions.From(new(args));
        var report = new FaultsReport(options);
        var folder = options.Keep ?? Directory.CreateTempSubdirectory("lockstep-faults-").FullName;
        try
        {
            report.Begin();
            var seconds = options.Minutes * 60;
            List<FaultsLeg> legs = [];
            foreach (var (name, time, faults) in new[] { ("quiet, before", seconds / 2, false), ("faults", seconds, true), ("quiet, after", seconds / 2, false) })
            {
                legs.Add(await RunAsync(options, name, Path.Combine(folder, $"{legs.Count}"), time, faults, report));
                report.Leg(legs[^1]);
            }
            return report.End(legs) ? 0 : 1;
        }
        finally
        {
            if (options.Keep is null) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<FaultsLeg> RunAsync(FaultsOptions options, string name, string folder, double seconds, bool faults, FaultsReport report)
    {
        await using var cluster = new FaultsCluster(options, folder);
        var watch = cluster.Watch;
        var whole = await watch.UntilAsync(cluster.IsWhole, StartSeconds);
        if (double.IsNaN(whole)) throw new TimeoutException($"the cluster did not start within {StartSeconds} s{string.Concat(cluster.Failed.Select(name => $"; {name} has ended"))}; its logs are in {folder} with --keep");
        await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds));
        var from = watch.Now;
        var outcomes = new List<FaultOutcome>();
        if (faults) await PlayAsync(options, cluster, from, from + seconds, outcomes, report);
        await UntilAsync(watch, from + seconds);
        var (to, failed) = (watch.Now, cluster.Failed);
        await cluster.StopAsync();
        var digests = MetricsLog.Read(cluster.RunFolder).ToDictionary(line => line.Step, line => line.Digest);
        return new(name, from, to, watch.Commits, outcomes, watch.Microbatches(options.Microbatches), failed, digests, File.ReadAllText("/proc/loadavg").Split(' ')[0]);
    }

    // The first after half of the time between two: all of what each one costs lies inside what is measured.
    private static async Task PlayAsync(FaultsOptions options, FaultsCluster cluster, double from, double to, List<FaultOutcome> outcomes, FaultsReport report)
    {
        var (kinds, chance) = (Enum.GetValues<FaultKind>(), new Random(options.Seed));
        for (var due = from + options.EverySeconds / 2; due < to; due += options.EverySeconds)
        {
            await UntilAsync(cluster.Watch, due);
            outcomes.Add(await cluster.DoAsync(kinds[outcomes.Count % kinds.Length], chance.Next(options.Nodes), due + options.EverySeconds - 0.5));
            report.Fault(outcomes[^1], from);
        }
    }

    private static async Task UntilAsync(CommitWatch watch, double at)
    {
        if (at - watch.Now is > 0 and var left) await Task.Delay(TimeSpan.FromSeconds(left));
    }
}
