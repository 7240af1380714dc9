using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Benchmarks.Simulate;

/// <summary>
/// Does `lockstep simulate` predict what is measured? Steps of 2 and 4 nodes, hub and direct, are predicted and compared with
/// real processes on loopback, where a sleep stands for computing. What the prediction knows was measured without any of the
/// runs that it predicts:
/// latency from one node that sums almost nothing; bandwidth from two nodes and the hub, two sizes; microbatches, and what a
/// node does after the sum (its digest, the optimizer), from nodes side by side that never talk to one another.
/// </summary>
internal static class SimulateBenchmark
{
    private const int Small = 8 << 10, Large = 32 << 10, LineNodes = 2, SliceBytes = sizeof(float) * SimulateLeg.SliceFloats;
    private const double Allowed = 0.15;
    private static readonly int[] Sizes = [2, 4];

    public static async Task<int> RunAsync(string[] args)
    {
        NativeEnvironment.Apply();
        var arguments = new Arguments(args);
        var (megabytes, milliseconds, microbatches) = (arguments.Int("--megabytes", 12), arguments.Int("--microbatch-ms", 25), arguments.Int("--microbatches", 8));
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

        var link = Calibrate(nothing, lines, lineless);
        Write($"calibrated  {link.SharedBandwidth / 1e6:F0} MB/s of all messages together, latency {1e6 * link.LatencySeconds:F0} us");
        foreach (var (nodes, leg) in apart)
            Write($"            {nodes} nodes side by side: a microbatch takes {1000 * leg.MicrobatchSeconds:F1} ms, what follows the sum {1000 * AfterSum(leg, link):F1} ms; a step {1000 * leg.StepSeconds:F1} (median {1000 * leg.MedianSeconds:F1})");
        foreach (var leg in lines.Concat(lineless)) Write($"            {leg.Kilobytes >> 10} MiB, 2 nodes, not computing, {(leg.Apart ? "side by side" : "hub")}: {1000 * leg.StepSeconds:F1} ms (median {1000 * leg.MedianSeconds:F1})");
        Write($"reducer  nodes  predicted ms  measured ms (median)  predicted/measured");
        var worst = 0.0;
        foreach (var (reducer, leg) in together)
        {
            var (predicted, measured) = (Predict(reducer, leg, apart[leg.Nodes], link), leg.StepSeconds);
            worst = Math.Max(worst, Math.Abs(predicted / measured - 1));
            Write($"{leg.Reducer,-7}  {leg.Nodes,5}  {1000 * predicted,12:F1}  {1000 * measured,11:F1} {$"({1000 * leg.MedianSeconds:F1})",8}  {predicted / measured,18:F3}");
        }
        Console.WriteLine(worst <= Allowed ? "within 15 %" : "NOT within 15 %");
        return worst <= Allowed ? 0 : 1;
    }

    // Loopback is no line but the cores of one machine, which copy whatever anybody sends: 2 n G of the hub's exchange.
    private static LinkSettings Calibrate(SimulateLeg nothing, List<SimulateLeg> lines, List<SimulateLeg> lineless)
    {
        var exchange = lines[1].StepSeconds - lines[0].StepSeconds - (lineless[1].StepSeconds - lineless[0].StepSeconds);
        var bandwidth = 2 * LineNodes * (lines[1].Bytes - lines[0].Bytes) / exchange;
        return new(bandwidth, nothing.StepSeconds / 4, MessageSeconds: 0) { SharedBandwidth = bandwidth }; // two of the exchange, two of the commit
    }

    // The digest of the sum, the optimizer, the line of metrics.jsonl.
    private static double AfterSum(SimulateLeg apart, LinkSettings link) =>
        Math.Max(0, apart.StepSeconds - apart.MicrobatchSeconds * apart.Microbatches / apart.Nodes - 2 * link.LatencySeconds);

    private static double Predict(Reducer reducer, SimulateLeg leg, SimulateLeg apart, LinkSettings link) => new Simulator(new SimulationSettings
    {
        GradientBytes = leg.Bytes,
        SliceBytes = SliceBytes,
        Link = link,
        Microbatches = leg.Microbatches,
        MicrobatchSeconds = apart.MicrobatchSeconds,
        Jitter = 0,
        HalfFinalShare = null,
        ApplySeconds = AfterSum(apart, link),
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
