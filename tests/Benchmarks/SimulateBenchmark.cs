using System.Globalization;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Benchmarks;

/// <summary>
/// Does `lockstep simulate` predict what is measured? First bandwidth and latency of loopback are measured with one node
/// (an exchange of almost nothing: latency; the time of more bytes over that of fewer: bandwidth); from them and the sleep
/// that stands for computing, steps of 2 and 4 nodes are predicted, then measured. In rounds, since other programs run too.
/// </summary>
internal static class SimulateBenchmark
{
    private const int SmallMegabytes = 8;
    private const double Allowed = 0.15;
    private static readonly int[] Sizes = [2, 4];

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (megabytes, steps, rounds) = (arguments.Int("--megabytes", 24), arguments.Int("--steps", 20), arguments.Int("--rounds", 5));
        var microbatchSeconds = arguments.Int("--microbatch-ms", 10) / 1e3;
        Console.WriteLine(Machine.Describe());
        Write($"hub, {megabytes} MiB, {SimulateCluster.Microbatches} microbatches of {1000 * microbatchSeconds:F0} ms (slept), {rounds} rounds of {steps} steps");

        var compared = Sizes.ToDictionary(n => n, _ => new List<(double Predicted, double Measured)>());
        var links = new List<LinkSettings>();
        for (var round = 0; round < rounds; round++)
        {
            var link = await CalibrateAsync(megabytes, steps);
            links.Add(link);
            foreach (var nodes in Sizes)
            {
                var predicted = Predict(link, megabytes, microbatchSeconds, nodes);
                compared[nodes].Add((predicted, await SimulateCluster.StepAsync(nodes, Floats(megabytes), microbatchSeconds, steps)));
            }
        }

        Write($"loopback: {Median(links.Select(l => l.Bandwidth)) / 1e6:F0} MB/s, latency {1e6 * Median(links.Select(l => l.LatencySeconds)):F0} us (medians of the rounds)");
        Write($"nodes  predicted ms  measured ms  predicted/measured (median, lowest, highest of the rounds)");
        var worst = 0.0;
        foreach (var (nodes, rows) in compared)
        {
            var ratios = rows.Select(r => r.Predicted / r.Measured).Order().ToList();
            var ratio = Median(ratios);
            worst = Math.Max(worst, Math.Abs(ratio - 1));
            Write($"{nodes,5}  {1000 * Median(rows.Select(r => r.Predicted)),12:F1}  {1000 * Median(rows.Select(r => r.Measured)),11:F1}  {ratio:F3} ({ratios[0]:F3} to {ratios[^1]:F3})");
        }
        Console.WriteLine(worst <= Allowed ? "within 15 %" : "NOT within 15 %");
        return worst <= Allowed ? 0 : 1;
    }

    // One node, no computing: a step is G/B + slice/B + 2 latencies for the exchange and 2 for the commit.
    private static async Task<LinkSettings> CalibrateAsync(int megabytes, int steps)
    {
        var nothing = await SimulateCluster.StepAsync(1, 64, 0, 5 * steps);
        var small = await SimulateCluster.StepAsync(1, Floats(SmallMegabytes), 0, steps);
        var large = await SimulateCluster.StepAsync(1, Floats(SmallMegabytes + megabytes), 0, steps);
        return new(Bandwidth: sizeof(float) * (double)Floats(megabytes) / (large - small), LatencySeconds: nothing / 4, MessageSeconds: 0);
    }

    private static double Predict(LinkSettings link, int megabytes, double microbatchSeconds, int nodes) => new Simulator(new SimulationSettings
    {
        GradientBytes = sizeof(float) * (double)Floats(megabytes),
        SliceBytes = sizeof(float) * SimulateCluster.SliceFloats,
        Link = link,
        Microbatches = SimulateCluster.Microbatches,
        MicrobatchSeconds = microbatchSeconds,
        Jitter = 0,
        HalfFinalShare = null,
        ApplySeconds = 0,
        Reducer = Reducer.Hub,
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
    }).Predict(nodes)!.Step.Total;

    private static int Floats(int megabytes) => megabytes << 18;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
