using System.Globalization;
using System.Runtime.InteropServices;
using Lockstep.Cli.Launch;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Benchmarks.Simulate;

/// <summary>
/// Does `lockstep simulate` predict what is measured? Steps of 2 and 4 nodes, hub and direct, are predicted and compared with
/// real processes on loopback, where a sleep stands for computing. None of the runs that are predicted serves to calibrate:
/// latency is that of one node that sums almost nothing; bandwidth that of two nodes and the hub, two sizes; what a microbatch
/// takes, and what a node does after the sum (its digest, the optimizer), is that of as many nodes side by side that never
/// talk to one another. All take short turns, so that all see the same machine, and of each the tenth percentile counts, since
/// other programs disturb some steps. With medians beside it one sees how much.
/// </summary>
internal static class SimulateBenchmark
{
    private const int Small = 8 << 10, Large = 32 << 10, LineNodes = 2, SliceBytes = sizeof(float) * SimulateLeg.SliceFloats;
    private const double Allowed = 0.15, Median = 0.5, Quiet = 0.1;
    private static readonly int[] Sizes = [2, 4];

    public static async Task<int> RunAsync(string[] args)
    {
        NativeEnvironment.Apply();
        var arguments = new Arguments(args);
        var (megabytes, milliseconds, microbatches) = (arguments.Int("--megabytes", 12), arguments.Int("--microbatch-ms", 50), arguments.Int("--microbatches", 4));
        var (steps, rounds, keep) = (arguments.Int("--steps", 8), arguments.Int("--rounds", 16), arguments.Text("--keep"));

        var nothing = new SimulateLeg(1, false, "hub", 1, 0, 1);
        var lines = new[] { Small, Large }.Select(kilobytes => new SimulateLeg(LineNodes, false, "hub", kilobytes, 0, LineNodes)).ToList();
        var lineless = new[] { Small, Large }.Select(kilobytes => new SimulateLeg(LineNodes, true, "direct", kilobytes, 0, LineNodes)).ToList();
        SimulateLeg Leg(int nodes, bool apart, string reducer) => new(nodes, apart, reducer, megabytes << 10, milliseconds, microbatches);
        var apart = Sizes.ToDictionary(n => n, n => Leg(n, true, "direct"));
        var together = (from reducer in new[] { Reducer.Hub, Reducer.Direct } from n in Sizes select (Reducer: reducer, Leg: Leg(n, false, reducer == Reducer.Hub ? "hub" : "direct"))).ToList();

        Console.WriteLine(Machine.Describe());
        Write($"{megabytes} MiB, {microbatches} microbatches of {milliseconds} ms (slept), {rounds} rounds of {steps} steps each, in turns");
        List<SimulateLeg> all = [nothing, .. lines, .. lineless, .. apart.Values, .. together.Select(t => t.Leg)];
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => all.ForEach(leg => leg.Continue()));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => all.ForEach(leg => leg.Continue()));
        var folder = keep ?? Directory.CreateTempSubdirectory("lockstep-simulate-").FullName;
        try
        {
            foreach (var (leg, i) in all.Select((leg, i) => (leg, i))) await leg.StartAsync(Path.Combine(folder, $"{i}"));
            for (var round = 0; round < rounds; round++)
            {
                foreach (var leg in all) await leg.TakeTurnAsync(steps);
                if (round % 4 == 3) Write($"  round {round + 1} of {rounds}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
            }
            foreach (var leg in all) await leg.EndAsync();
        }
        finally
        {
            foreach (var leg in all) await leg.DisposeAsync();
            if (keep is null) Directory.Delete(folder, recursive: true);
        }

        foreach (var leg in all.Where(leg => leg.Count < steps)) throw new InvalidOperationException($"only {leg.Count} steps of {leg.Nodes} nodes could be used: the machine is too busy");
        Compare(Median, "medians, for comparison", nothing, lines, lineless, apart, together);
        var worst = Compare(Quiet, "tenth percentiles", nothing, lines, lineless, apart, together);
        Console.WriteLine(worst <= Allowed ? "tenth percentiles within 15 %" : "tenth percentiles NOT within 15 %");
        return worst <= Allowed ? 0 : 1;
    }

    // Calibrates and compares with the same share of the steps; the largest relative error.
    private static double Compare(
        double share, string title, SimulateLeg nothing, List<SimulateLeg> lines, List<SimulateLeg> lineless, Dictionary<int, SimulateLeg> apart, List<(Reducer Reducer, SimulateLeg Leg)> together)
    {
        var link = Calibrate(share, nothing, lines, lineless);
        if (!(link.Bandwidth > 0))
        {
            Write($"{title}: the machine was too busy to find a bandwidth");
            return double.PositiveInfinity;
        }
        Write($"{title}: {link.SharedBandwidth / 1e6:F0} MB/s of all messages together, latency {1e6 * link.LatencySeconds:F0} us");
        foreach (var (nodes, leg) in apart)
            Write($"  {nodes} nodes side by side: a microbatch {1000 * leg.MicrobatchSeconds(share):F1} ms, after the sum {1000 * AfterSum(share, leg, link):F1} ms");
        Console.WriteLine("  reducer  nodes  predicted ms  measured ms (steps)  predicted/measured");
        var worst = 0.0;
        foreach (var (reducer, leg) in together)
        {
            var (predicted, measured) = (Predict(share, reducer, leg, apart[leg.Nodes], link), leg.StepSeconds(share));
            worst = Math.Max(worst, Math.Abs(predicted / measured - 1));
            Write($"  {leg.Reducer,-7}  {leg.Nodes,5}  {1000 * predicted,12:F1}  {1000 * measured,11:F1} {$"({leg.Count})",7}  {predicted / measured,18:F3}");
        }
        return worst;
    }

    // Loopback is no line but the cores of one machine, which copy whatever anybody sends: 2 n G of the hub's exchange.
    private static LinkSettings Calibrate(double share, SimulateLeg nothing, List<SimulateLeg> lines, List<SimulateLeg> lineless)
    {
        double More(List<SimulateLeg> legs) => legs[1].StepSeconds(share) - legs[0].StepSeconds(share);
        var bandwidth = 2 * LineNodes * (lines[1].Bytes - lines[0].Bytes) / (More(lines) - More(lineless));
        return new(bandwidth, nothing.StepSeconds(share) / 4, MessageSeconds: 0) { SharedBandwidth = bandwidth }; // two of the exchange, two of the commit
    }

    // The digest of the sum, the optimizer, the line of metrics.jsonl.
    private static double AfterSum(double share, SimulateLeg apart, LinkSettings link) =>
        Math.Max(0, apart.StepSeconds(share) - apart.MicrobatchSeconds(share) * apart.Microbatches / apart.Nodes - 2 * link.LatencySeconds);

    private static double Predict(double share, Reducer reducer, SimulateLeg leg, SimulateLeg apart, LinkSettings link) => new Simulator(new SimulationSettings
    {
        GradientBytes = leg.Bytes,
        SliceBytes = SliceBytes,
        Link = link,
        Microbatches = leg.Microbatches,
        MicrobatchSeconds = apart.MicrobatchSeconds(share),
        Jitter = 0,
        HalfFinalShare = null,
        ApplySeconds = AfterSum(share, apart, link),
        Reducer = reducer,
        Group = 0,
        NodeMtbfSeconds = double.PositiveInfinity,
        DetectSeconds = 0,
        RestartSeconds = 0,
        StateBytes = 0,
        CheckpointSeconds = 1,
        JobRestartSeconds = 0,
        Steps = 1,
        Losses = 1,
        Seed = 0,
    }).Predict(leg.Nodes)!.Step.Total;

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
