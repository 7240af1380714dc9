using System.Globalization;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Benchmarks;

/// <summary>
/// Does `lockstep simulate` predict what is measured? Latency of loopback is measured with one node (an exchange of almost
/// nothing), bandwidth with two that do not compute (the time of more bytes over that of fewer): loopback is no line but
/// two cores that copy, and one stream alone cannot use both. From these and the sleep that stands for computing, steps of 2
/// and 4 nodes are predicted and compared with measured ones. All five kinds of steps take turns and of each the tenth
/// percentile counts, since other programs disturb some of them.
/// </summary>
internal static class SimulateBenchmark
{
    private const int SmallMegabytes = 8, LineNodes = 2;
    private const double Allowed = 0.15, Quiet = 0.1;
    private static readonly int[] Sizes = [2, 4];

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (megabytes, steps, rounds) = (arguments.Int("--megabytes", 24), arguments.Int("--steps", 20), arguments.Int("--rounds", 8));
        var microbatchSeconds = arguments.Int("--microbatch-ms", 10) / 1e3;
        Console.WriteLine(Machine.Describe());
        Write($"hub, {megabytes} MiB, {SimulateCluster.Microbatches} microbatches of {1000 * microbatchSeconds:F0} ms (slept), {rounds} rounds of {steps} steps");

        var (nothing, small, large) = (new List<double>(), new List<double>(), new List<double>());
        var measured = Sizes.ToDictionary(n => n, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            nothing.AddRange(await SimulateCluster.StepsAsync(1, 64, 0, 2 * steps));
            small.AddRange(await SimulateCluster.StepsAsync(LineNodes, Floats(SmallMegabytes), 0, steps));
            large.AddRange(await SimulateCluster.StepsAsync(LineNodes, Floats(SmallMegabytes + megabytes), 0, steps));
            foreach (var nodes in Sizes) measured[nodes].AddRange(await SimulateCluster.StepsAsync(nodes, Floats(megabytes), microbatchSeconds, steps));
        }

        // No computing: a step is n (G + slice) / bandwidth and 2 latencies for the exchange, 2 for the commit.
        var link = new LinkSettings(LineNodes * sizeof(float) * (double)Floats(megabytes) / (QuietOf(large) - QuietOf(small)), QuietOf(nothing) / 4, MessageSeconds: 0);
        Write($"loopback  {link.Bandwidth / 1e6:F0} MB/s, latency {1e6 * link.LatencySeconds:F0} us");
        Write($"nodes  predicted ms  measured ms (median)  predicted/measured");
        var worst = 0.0;
        foreach (var (nodes, times) in measured)
        {
            var (predicted, quiet) = (Predict(link, megabytes, microbatchSeconds, nodes), QuietOf(times));
            worst = Math.Max(worst, Math.Abs(predicted / quiet - 1));
            Write($"{nodes,5}  {1000 * predicted,12:F1}  {1000 * quiet,11:F1} {$"({1000 * times.Order().ElementAt(times.Count / 2):F1})",8}  {predicted / quiet,18:F3}");
        }
        Console.WriteLine(worst <= Allowed ? "within 15 %" : "NOT within 15 %");
        return worst <= Allowed ? 0 : 1;
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

    private static double QuietOf(List<double> seconds) => seconds.Order().ElementAt((int)(Quiet * seconds.Count));

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
