using System.Numerics;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation;

/// <summary>What is known of a cluster and a run. All in seconds and bytes; docs/simulate.md says what each does in the model.</summary>
public sealed record SimulationSettings
{
    /// <summary>Largest number of microbatches that is taken.</summary>
    public const int MostMicrobatches = 1 << 20;

    /// <summary>Length of the flat buffer that is summed.</summary>
    public required double GradientBytes { get; init; }

    /// <summary>Bytes of a slice, at most.</summary>
    public required double SliceBytes { get; init; }

    public required LinkSettings Link { get; init; }

    /// <summary>M, the microbatches of a step: a power of two.</summary>
    public required int Microbatches { get; init; }

    /// <summary>Mean time of one microbatch on one node, forward and backward.</summary>
    public required double MicrobatchSeconds { get; init; }

    /// <summary>Relative standard deviation of a microbatch's time.</summary>
    public required double Jitter { get; init; }

    /// <summary>Share of the last backward pass after which half the gradient is final; null: no overlap.</summary>
    public required double? HalfFinalShare { get; init; }

    /// <summary>Optimizer and EMA teacher, on every node.</summary>
    public required double ApplySeconds { get; init; }

    /// <summary>Who sums; null: the fastest of hub, direct and two-level.</summary>
    public required Reducer? Reducer { get; init; }

    /// <summary>Two-level: members a group; 0: about the square root of the number of nodes.</summary>
    public required int Group { get; init; }

    /// <summary>Two-level: within a group one message carries the parts of all roots. Not built; shows what it would gain.</summary>
    public bool BatchGroups { get; init; }

    /// <summary>Mean time between faults of one node; infinite: no faults.</summary>
    public required double NodeMtbfSeconds { get; init; }

    /// <summary>From a node's death until the coordinator knows.</summary>
    public required double DetectSeconds { get; init; }

    /// <summary>From a node's death until it, or another in its place, is up again.</summary>
    public required double RestartSeconds { get; init; }

    /// <summary>State that a joiner fetches from a peer.</summary>
    public required double StateBytes { get; init; }

    /// <summary>For comparison: time between checkpoints of a job that restarts as a whole.</summary>
    public required double CheckpointSeconds { get; init; }

    /// <summary>For comparison: start of the whole job, without loading the checkpoint.</summary>
    public required double JobRestartSeconds { get; init; }

    /// <summary>Steps drawn when there is jitter.</summary>
    public required int Steps { get; init; }

    /// <summary>Node losses simulated.</summary>
    public required int Losses { get; init; }

    /// <summary>Equal seeds give equal predictions.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Everything that is wrong with the settings.</summary>
    public IEnumerable<string> Problems()
    {
        if (Microbatches is < 1 or > MostMicrobatches || !BitOperations.IsPow2(Microbatches)) yield return $"microbatches must be a power of two up to {MostMicrobatches}, not {Microbatches}";
        if (!(Jitter is >= 0 and <= 2)) yield return "jitter must lie in 0 to 2 (0.1: ten percent)";
        if (HalfFinalShare is { } half && !(half is >= 0 and <= 1)) yield return "overlap must lie in 0 to 1";
        if (Group < 0) yield return "group must be at least 2, or 0 for the square root of the number of nodes";
        if (Group == 1) yield return "a group of one is no group: group must be at least 2, or 0";
        if (Steps is < 1 or > 100_000) yield return "steps must lie in 1 to 100000";
        if (Losses is < 1 or > 1_000_000) yield return "losses must lie in 1 to 1000000";
        if (!(NodeMtbfSeconds > 0)) yield return "the mean time between faults must be positive";
        if (!(Link.SharedBandwidth > 0)) yield return "the shared bandwidth must be positive";
        foreach (var (value, name) in new[] { (GradientBytes, "the gradient's size"), (SliceBytes, "the slice size"), (Link.Bandwidth, "the bandwidth"), (MicrobatchSeconds, "a microbatch's time"), (CheckpointSeconds, "the time between checkpoints") })
        {
            if (!(value > 0) || !double.IsFinite(value)) yield return $"{name} must be positive";
        }
        foreach (var (value, name) in new[] { (Link.LatencySeconds, "the latency"), (Link.MessageSeconds, "the time a message"), (ApplySeconds, "the optimizer's time"), (DetectSeconds, "the time to detect"), (RestartSeconds, "the time to restart"), (StateBytes, "the state's size"), (JobRestartSeconds, "the time to restart the job") })
        {
            if (!(value >= 0) || !double.IsFinite(value)) yield return $"{name} must not be negative";
        }
    }
}
