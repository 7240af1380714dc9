using System.CommandLine;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Cli.Simulate;

/// <summary>The options of lockstep simulate, in the units of people, and the settings that they make.</summary>
internal sealed class SimulateOptions
{
    private const double Mega = 1e6, BytesAFloat = 4, CopiesInState = 4; // student, teacher, two moments

    private readonly Option<double?> _gradient = new("--gradient-mb") { Description = "Gradient that is summed, MB (10^6 bytes). Or --parameters. [default: 180, DINO's ViT-S/16 with its head]" };
    private readonly Option<double?> _parameters = new("--parameters") { Description = "Trained parameters, millions: 4 bytes each." };
    private readonly Option<double> _bandwidth = With("--bandwidth", 25.0, "Of every node's line, Gbit/s each way.");
    private readonly Option<double> _shared = With("--shared-bandwidth", 0.0, "Of all messages of all nodes together (the middle of an oversubscribed network), Gbit/s; 0: not narrow.");
    private readonly Option<double> _latency = With("--latency", 50.0, "Of a message, microseconds.");
    private readonly Option<double> _message = With("--message-us", 20.0, "Time that a line is taken by each message beside its bytes, microseconds.");
    private readonly Option<double> _slice = With("--slice-kib", 1024.0, "Largest message, KiB.");
    private readonly Option<double?> _compute = new("--compute") { Description = "Computing the whole global batch on one node, seconds. Or --microbatch-seconds. [default: 120]" };
    private readonly Option<double?> _microbatchSeconds = new("--microbatch-seconds") { Description = "Computing one microbatch, seconds." };
    private readonly Option<int> _microbatches = With("--microbatches", 16384, "M: the microbatches of the global batch, a power of two. More nodes than that are impossible.");
    private readonly Option<double> _jitter = With("--jitter", 0.05, "Relative standard deviation of a microbatch's time (log-normal).");
    private readonly Option<double> _overlap = With("--overlap", 0.5, "Share of the last backward pass after which half of the gradient is final and can travel.");
    private readonly Option<bool> _noOverlap = new("--no-overlap") { Description = "The exchange begins when the backward pass has ended." };
    private readonly Option<double> _apply = With("--apply-ms", 5.0, "Optimizer and EMA teacher, milliseconds a step.");
    private readonly Option<string> _reducer = With("--reducer", "auto", "hub, direct, two-level, auto (the fastest of the three), or ring (not in Lockstep: to compare).");
    private readonly Option<int> _group = With("--group", 0, "two-level: members a group; 0: about the square root of the nodes.");
    private readonly Option<bool> _batch = new("--batch-groups") { Description = "two-level: within a group one message carries the parts of all roots (not built: what it would gain)." };
    private readonly Option<double> _mtbf = With("--mtbf", 5000.0, "Mean time between faults of one node, hours; 0: no faults.");
    private readonly Option<double> _detect = With("--detect", 5.0, "From a node's death until the coordinator knows, seconds.");
    private readonly Option<double> _restart = With("--restart", 300.0, "From a node's death until it, or a spare, is up again, seconds.");
    private readonly Option<double?> _state = new("--state-mb") { Description = "State that a joiner fetches from a peer, MB. [default: four times the gradient]" };
    private readonly Option<double> _checkpoint = With("--checkpoint-minutes", 30.0, "For comparison with jobs that restart as a whole: time between checkpoints, minutes.");
    private readonly Option<double> _jobRestart = With("--job-restart", 120.0, "For the same: starting the whole job, seconds.");
    private readonly Option<int> _steps = With("--steps", 100, "Steps drawn (when there is jitter).");
    private readonly Option<int> _losses = With("--losses", 1000, "Node losses simulated.");
    private readonly Option<ulong> _seed = With("--seed", 0UL, "Equal seeds give equal output.");

    public SimulateOptions() => _reducer.AcceptOnlyFromAmong("hub", "direct", "two-level", "auto", "ring");

    /// <summary>In the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        _gradient, _parameters, _bandwidth, _shared, _latency, _message, _slice, _compute, _microbatchSeconds, _microbatches, _jitter, _overlap, _noOverlap, _apply,
        _reducer, _group, _batch, _mtbf, _detect, _restart, _state, _checkpoint, _jobRestart, _steps, _losses, _seed,
    ];

    /// <summary>The settings, and everything that is wrong with them.</summary>
    public (SimulationSettings Settings, IReadOnlyList<string> Problems) Read(ParseResult parsed)
    {
        var problems = new List<string>();
        if (parsed.GetValue(_gradient) is not null && parsed.GetValue(_parameters) is not null) problems.Add("give --gradient-mb or --parameters, not both");
        if (parsed.GetValue(_compute) is not null && parsed.GetValue(_microbatchSeconds) is not null) problems.Add("give --compute or --microbatch-seconds, not both");
        if (parsed.GetValue(_noOverlap) && parsed.GetResult(_overlap) is { Implicit: false }) problems.Add("give --overlap or --no-overlap, not both");
        var gradient = Mega * (parsed.GetValue(_gradient) ?? BytesAFloat * parsed.GetValue(_parameters) ?? 180);
        var microbatches = parsed.GetValue(_microbatches);
        var shared = parsed.GetValue(_shared);
        var mtbf = parsed.GetValue(_mtbf);
        var settings = new SimulationSettings
        {
            GradientBytes = gradient,
            SliceBytes = 1024 * parsed.GetValue(_slice),
            Link = new(parsed.GetValue(_bandwidth) * 1e9 / 8, parsed.GetValue(_latency) / 1e6, parsed.GetValue(_message) / 1e6) { SharedBandwidth = shared == 0 ? double.PositiveInfinity : shared * 1e9 / 8 },
            Microbatches = microbatches,
            MicrobatchSeconds = parsed.GetValue(_microbatchSeconds) ?? (parsed.GetValue(_compute) ?? 120) / Math.Max(1, microbatches),
            Jitter = parsed.GetValue(_jitter),
            HalfFinalShare = parsed.GetValue(_noOverlap) ? null : parsed.GetValue(_overlap),
            ApplySeconds = parsed.GetValue(_apply) / 1e3,
            Reducer = parsed.GetValue(_reducer) switch
            {
                "hub" => Reducer.Hub,
                "direct" => Reducer.Direct,
                "two-level" => Reducer.TwoLevel,
                "ring" => Reducer.Ring,
                _ => null,
            },
            Group = parsed.GetValue(_group),
            BatchGroups = parsed.GetValue(_batch),
            NodeMtbfSeconds = mtbf == 0 ? double.PositiveInfinity : 3600 * mtbf,
            DetectSeconds = parsed.GetValue(_detect),
            RestartSeconds = parsed.GetValue(_restart),
            StateBytes = parsed.GetValue(_state) * Mega ?? CopiesInState * gradient,
            CheckpointSeconds = 60 * parsed.GetValue(_checkpoint),
            JobRestartSeconds = parsed.GetValue(_jobRestart),
            Steps = parsed.GetValue(_steps),
            Losses = parsed.GetValue(_losses),
            Seed = parsed.GetValue(_seed),
        };
        problems.AddRange(settings.Problems());
        return (settings, problems);
    }

    private static Option<T> With<T>(string name, T value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
