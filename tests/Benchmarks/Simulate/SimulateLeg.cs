using System.Globalization;
using Lockstep.Benchmarks.Faults;
using Lockstep.Node.Metrics;
using Lockstep.Protos;

namespace Lockstep.Benchmarks.Simulate;

/// <summary>
/// Runs of real processes that are all alike, some in each round: one cluster of so many nodes, or so many clusters of one
/// node side by side, which share the machine and nothing else.
/// </summary>
/// <param name="Microbatches">Of all nodes together.</param>
internal sealed record SimulateLeg(int Nodes, bool Apart, string Reducer, int Kilobytes, int MicrobatchMilliseconds, int Microbatches)
{
    // The machine is shared: other programs disturb most steps, and the quiet ones are what can be repeated.
    private const double Quiet = 0.1, StartSeconds = 180, RunSeconds = 300;
    private const int WarmUpSteps = 5;
    private readonly List<(double Step, double Compute)> _steps = [];

    /// <summary>Bytes of the gradient.</summary>
    public double Bytes => 1024.0 * Kilobytes;

    /// <summary>Seconds from commit to commit.</summary>
    public double StepSeconds => Quantile(_steps.Select(s => s.Step), Quiet);

    public double MedianSeconds => Quantile(_steps.Select(s => s.Step), 0.5);

    /// <summary>Seconds of a microbatch, as metrics.jsonl has them.</summary>
    public double MicrobatchSeconds => Quantile(_steps.Select(s => s.Compute), Quiet) * Nodes / Microbatches;

    public async Task RunAsync(int steps, string folder)
    {
        var options = new FaultsOptions(Apart ? 1 : Nodes, 0, 0, MicrobatchMilliseconds, Apart ? Microbatches / Nodes : Microbatches, Kilobytes, 0, null,
            [$"Cluster:Reducer={Reducer}", "Cluster:DigestEverySteps=1000000", "Run:CheckpointEverySteps=1000000", "Cluster:NodeTimeoutSeconds=60"]);
        var clusters = Enumerable.Range(0, Apart ? Nodes : 1).Select(i => new FaultsCluster(options, Path.Combine(folder, $"{i}"))).ToList();
        try
        {
            foreach (var cluster in clusters) await ReachAsync(cluster, WarmUpSteps, StartSeconds);
            var from = clusters.Select(cluster => cluster.Watch.Last!.CommittedSteps).ToList();
            foreach (var (cluster, first) in clusters.Zip(from)) await ReachAsync(cluster, first + steps, RunSeconds);
            await Task.WhenAll(clusters.Select(cluster => cluster.StopAsync()));
            Add([.. clusters.Zip(from, (cluster, first) => MetricsLog.Read(cluster.RunFolder).Where(line => line.Step > first && line.Step <= first + steps).ToList())], options.Microbatches);
        }
        finally
        {
            foreach (var cluster in clusters) await cluster.DisposeAsync();
        }
    }

    // Of nodes side by side the slowest counts, as it would if the others had to wait for it.
    private void Add(List<List<StepMetrics>> clusters, int images)
    {
        for (var i = 0; i < clusters.Min(lines => lines.Count); i++)
            _steps.Add((clusters.Max(lines => images / lines[i].ImagesPerSecond), clusters.Max(lines => lines[i].Seconds["compute"] + lines[i].Seconds["load"])));
    }

    private static async Task ReachAsync(FaultsCluster cluster, long steps, double within)
    {
        if (double.IsNaN(await cluster.Watch.UntilAsync(status => status.CommittedSteps >= steps, cluster.Watch.Now + within)))
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"a cluster has not come to step {steps} within {within} s; its logs are beside {cluster.RunFolder} with --keep"));
    }

    private static double Quantile(IEnumerable<double> seconds, double share)
    {
        var sorted = seconds.Order().ToList();
        return sorted[(int)(share * sorted.Count)];
    }
}
