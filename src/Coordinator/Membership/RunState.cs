using System.Collections.Immutable;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>Everything that the coordinator knows of the run. Immutable: decisions return a new one.</summary>
/// <param name="Run">Identifier of the run, 32 hexadecimal characters.</param>
/// <param name="Settings">What the run was started with.</param>
public sealed record RunState(string Run, RunSettings Settings)
{
    public RunPhase Phase { get; init; }

    /// <summary>Number of the current membership; 0 before the first.</summary>
    public long Generation { get; init; }

    /// <summary>Steps committed so far, which is also the number of the step in progress.</summary>
    public long CommittedSteps { get; init; }

    /// <summary>Steps of the whole run; 0 until a node has told the size of the dataset.</summary>
    public long TotalSteps { get; init; }

    /// <summary>The nodes, in ordinal order of their names.</summary>
    public ImmutableArray<NodeState> Nodes { get; init; } = [];

    /// <summary>The number that the next node is given.</summary>
    public int NextIndex { get; init; }

    /// <summary>Who asked for the run to end after the step in progress; null when nobody did.</summary>
    public string? StopReason { get; init; }

    /// <summary>How the run ended.</summary>
    public Finish? Outcome { get; init; }

    /// <summary>Mean loss of the last committed step.</summary>
    public double Loss { get; init; }

    /// <summary>The last state digest that all nodes agreed on, and the step it belongs to.</summary>
    public (long Step, string Digest) Agreed { get; init; } = (0, "");

    /// <summary>The last committed steps, oldest first.</summary>
    public ImmutableArray<StepTiming> Recent { get; init; } = [];

    /// <summary>The node of a session, or null.</summary>
    public NodeState? Find(int session) => Nodes.FirstOrDefault(node => node.Session == session);

    /// <summary>The state with a node changed.</summary>
    public RunState With(NodeState node) => this with { Nodes = [.. Nodes.Select(other => other.Session == node.Session ? node : other)] };
}
