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

    // Other programs disturb most steps of a shared machine, and the quiet ones are what can be repeated.
    private const double Quiet = 0.1;
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
            "Node:CoordinatorSilenceSeconds=3600", "Run:CheckpointEverySteps=1000000",
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

    /// <summary>Seconds from commit to commit.</summary>
    public double StepSeconds => Quantile(_steps.Select(s => s.Step), Quiet);

    public double MedianSeconds => Quantile(_steps.Select(s => s.Step), 0.5);

    /// <summary>Seconds of a microbatch, as metrics.jsonl has them.</summary>
    public double MicrobatchSeconds => Quantile(_steps.Select(s => s.Compute), Quiet) * Nodes / Microbatches;

    private FaultsOptions Options { get; }

    public async Task StartAsync(string folder)
    {
        for (var i = 0; i < (Apart ? Nodes : 1); i++) _clusters.Add(new(Options, Path.Combine(folder, $"{i}")));
        foreach (var cluster in _clusters) await ReachAsync(cluster, WarmUpSteps, StartSeconds);
        foreach (var cluster in _clusters) cluster.Halt();
    }

    /// <summary>Goes on for so many steps, and a few before them.</summary>
    public async Task TakeTurnAsync(int steps)
    {
        foreach (var cluster in _clusters) cluster.Continue();
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
        foreach (var cluster in _clusters) cluster.Continue();
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
            if (lines.TryGetValue(step, out var line)) yield return (Options.Microbatches / line.ImagesPerSecond, line.Seconds["compute"] + line.Seconds["load"]);
        }
    }

    private static async Task<long> ReachAsync(FaultsCluster cluster, long steps, double within)
    {
        if (double.IsNaN(await cluster.Watch.UntilAsync(status => cluster.Failed.Count > 0 || status.CommittedSteps >= steps, cluster.Watch.Now + within)) || cluster.Failed.Count > 0)
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"a cluster has not come to step {steps} within {within} s ({string.Join(", ", cluster.Failed)}); its logs are beside {cluster.RunFolder} with --keep"));
        return cluster.Watch.Last!.CommittedSteps;
    }

    private static double Quantile(IEnumerable<double> seconds, double share)
    {
        var sorted = seconds.Order().ToList();
        return sorted[(int)(share * sorted.Count)];
    }
}
