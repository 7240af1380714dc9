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
    private const int Small = 8 << 10, Large = 32 << 10, LineNodes = 2;
    private const double Allowed = 0.15;
    private static readonly int[] Sizes = [2, 4];

    public static async Task<int> RunAsync(string[] args)
    {
        NativeEnvironment.Apply();
        var arguments = new Arguments(args);
        var (megabytes, milliseconds, microbatches) = (arguments.Int("--megabytes", 12), arguments.Int("--microbatch-ms", 25), arguments.Int("--microbatches", 8));
        var (steps, rounds, keep) = (arguments.Int("--steps", 20), arguments.Int("--rounds", 4), arguments.Text("--keep"));

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
            for (var round = 0; round < rounds; round++)
            {
                foreach (var (leg, i) in all.Select((leg, i) => (leg, i))) await leg.RunAsync(steps, Path.Combine(folder, $"{round}-{i}"));
                Write($"  round {round + 1} of {rounds}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
            }
        }
        finally
        {
            if (keep is null) Directory.Delete(folder, recursive: true);
        }

        // All messages of the hub's exchange, n G up and n G down, go through the one machine.
        var latency = nothing.StepSeconds / 4; // two of the exchange, two of the commit
        foreach (var leg in all) Write($"debug {leg.Nodes} {(leg.Apart ? "apart" : leg.Reducer)} {leg.Kilobytes} KiB {leg.MicrobatchMilliseconds} ms: quiet {1000 * leg.StepSeconds:F2} median {1000 * leg.MedianSeconds:F2} microbatch {1000 * leg.MicrobatchSeconds:F2}");
        var exchange = lines[1].StepSeconds - lines[0].StepSeconds - (lineless[1].StepSeconds - lineless[0].StepSeconds);
        var bandwidth = 2 * LineNodes * (lines[1].Bytes - lines[0].Bytes) / exchange;
        Write($"calibrated: {bandwidth / 1e6:F0} MB/s of all traffic, latency {1e6 * latency:F0} us");
        return 0;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
