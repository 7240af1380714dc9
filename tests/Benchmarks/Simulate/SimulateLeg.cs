using System.Globalization;
using Lockstep.Benchmarks.Faults;
using Lockstep.Node.Metrics;
using Lockstep.Protos;

namespace Lockstep.Benchmarks.Simulate;

/// <summary>
/// Steps of real processes, a few at each turn: one cluster of so many nodes, or so many clusters of one node side by side,
/// which share the machine and nothing else. Between its turns it stands still.
/// </summary>
internal sealed class SimulateLeg : IAsyncDisposable
{
    public const int SliceFloats = 1 << 18;

    private const double StartSeconds = 180, TurnSeconds = 120;
    private const int WarmUpSteps = 5, FirstOfTurn = 2;
    private readonly List<FaultsCluster> _clusters = [];
    private readonly List<(long First, long Last)[]> _turns = [];
    private List<(double Step, double Compute)> _steps = [];

    /// <param name="microbatches">Of all nodes together.</param>
    public SimulateLeg(int nodes, bool apart, string reducer, int kilobytes, int microbatchMilliseconds, int microbatches)
    {
        (Nodes, Apart, Reducer, Kilobytes, Microbatches) = (nodes, apart, reducer, kilobytes, microbatches);
        // Whoever stands still between turns must not be given up meanwhile.
        Options = new(apart ? 1 : nodes, 0, 0, microbatchMilliseconds, apart ? microbatches / nodes : microbatches, kilobytes, 0, null,
        [
            $"Cluster:Reducer={reducer}", $"Cluster:SliceFloats={SliceFloats}", "Cluster:DigestEverySteps=1000000", "Cluster:NodeTimeoutSeconds=86400",
            "Node:CoordinatorTimeoutSeconds=86400", "Run:CheckpointEverySteps=1000000",
        ]);
    }

    public int Nodes { get; }

    public bool Apart { get; }

    public string Reducer { get; }

    public int Kilobytes { get; }

    public int Microbatches { get; }

    /// <summary>Bytes of the gradient.</summary>
    public double Bytes => 1024.0 * Kilobytes;

    /// <summary>Steps measured.</summary>
    public int Count => _steps.Count;

    /// <summary>Seconds from commit to commit that a share of the steps does not exceed.</summary>
    public double StepSeconds(double share) => Quantile(_steps.Select(s => s.Step), share);

    /// <summary>Seconds of a microbatch, as metrics.jsonl has them.</summary>
    public double MicrobatchSeconds(double share) => Quantile(_steps.Select(s => s.Compute), share) * Nodes / Microbatches;

    private FaultsOptions Options { get; }

    /// <summary>Lets its processes run, so that they see when this one is gone.</summary>
    public void Continue()
    {
        foreach (var cluster in _clusters) cluster.Continue();
    }

    public async Task StartAsync(string folder)
    {
        for (var i = 0; i < (Apart ? Nodes : 1); i++) _clusters.Add(new(Options, Path.Combine(folder, $"{i}")));
        foreach (var cluster in _clusters) await ReachAsync(cluster, WarmUpSteps, StartSeconds);
        foreach (var cluster in _clusters) cluster.Halt();
    }

    /// <summary>Goes on for so many steps, and a few before them.</summary>
    public async Task TakeTurnAsync(int steps)
    {
        Continue();
        var first = new long[_clusters.Count];
        for (var i = 0; i < first.Length; i++)
        {
            // What was seen last may be older than the halt: only a new commit tells.
            var seen = _clusters[i].Watch.Last!.CommittedSteps;
            first[i] = await ReachAsync(_clusters[i], seen + 1, TurnSeconds) + FirstOfTurn;
        }
        for (var i = 0; i < first.Length; i++) await ReachAsync(_clusters[i], first[i] + steps, TurnSeconds);
        foreach (var cluster in _clusters) cluster.Halt();
        _turns.Add([.. first.Select(step => (step + 1, step + steps))]);
    }

    /// <summary>Ends the processes and reads what they wrote.</summary>
    public async Task EndAsync()
    {
        Continue();
        await Task.WhenAll(_clusters.Select(cluster => cluster.StopAsync()));
        var lines = _clusters.Select(cluster => MetricsLog.Read(cluster.RunFolder).ToDictionary(line => line.Step)).ToList();
        _steps = [.. _turns.SelectMany(turn => turn.SelectMany((range, i) => Between(lines[i], range)))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters) await cluster.DisposeAsync();
    }

    private IEnumerable<(double Step, double Compute)> Between(Dictionary<long, StepMetrics> lines, (long First, long Last) range)
    {
        for (var step = range.First; step <= range.Last; step++)
        {
            // Later generations have other ranges: the coordinator gives less to a node that it saw standing still while it computed.
            if (lines.TryGetValue(step, out var line) && line.Generation == 1) yield return (Options.Microbatches / line.ImagesPerSecond, line.Seconds["compute"] + line.Seconds["load"]);
        }
    }

    private static async Task<long> ReachAsync(FaultsCluster cluster, long steps, double within)
    {
        var until = cluster.Watch.Now + within;
        while (double.IsNaN(await cluster.Watch.UntilAsync(status => status.CommittedSteps >= steps, Math.Min(until, cluster.Watch.Now + 1))))
        {
            if (cluster.Failed.Count == 0 && cluster.Watch.Now < until) continue;
            var why = cluster.Failed.Count > 0 ? $"{string.Join(", ", cluster.Failed)} ended by itself" : string.Create(CultureInfo.InvariantCulture, $"{within} s have passed");
            throw new InvalidOperationException($"a cluster of {cluster.Watch.Last?.Nodes.Count ?? 0} nodes has not come to step {steps}: {why}; with --keep its logs are beside {cluster.RunFolder}");
        }
        return cluster.Watch.Last!.CommittedSteps;
    }

    private static double Quantile(IEnumerable<double> seconds, double share)
    {
        var sorted = seconds.Order().ToList();
        return sorted[(int)(share * sorted.Count)];
    }
}
