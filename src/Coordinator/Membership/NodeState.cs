using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>One node as the coordinator sees it.</summary>
/// <param name="Session">Which session stream is the node's.</param>
/// <param name="Index">The node's number in the run, from Welcome.</param>
/// <param name="Hello">What it said of itself.</param>
/// <param name="LastHeard">When its last message came.</param>
public sealed record NodeState(int Session, int Index, Hello Hello, TimeSpan LastHeard)
{
    public string Name => Hello.Node;

    public NodeStage Stage { get; init; }

    /// <summary>The microbatches that the plan gives it.</summary>
    public MicrobatchBlock Range { get; init; }

    /// <summary>The phase and step that its last heartbeat named.</summary>
    public string Doing { get; init; } = "start";

    /// <summary>What it said of the step that it holds; null until it is prepared.</summary>
    public Prepared? Prepared { get; init; }

    /// <summary>Compute time of its last step.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>Broken samples that it has replaced.</summary>
    public long ReplacedSamples { get; init; }
}
