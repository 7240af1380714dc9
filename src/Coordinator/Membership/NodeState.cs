using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>One node as the coordinator sees it.</summary>
/// <param name="Session">Which session stream is the node's.</param>
/// <param name="Index">The node's number in the run, from Welcome.</param>
/// <param name="Hello">What it said of itself.</param>
/// <param name="Pulse">When it was heard, and how regularly.</param>
public sealed record NodeState(int Session, int Index, Hello Hello, Planning.Pulse Pulse)
{
    public string Name => Hello.Node;

    public NodeStage Stage { get; init; }

    /// <summary>True for a node whose word a commit waits for.</summary>
    public bool IsMember => Stage is NodeStage.Computing or NodeStage.Prepared;

    /// <summary>True for a node in the generation, with work or without.</summary>
    public bool IsInGeneration => IsMember || Stage == NodeStage.Listening;

    /// <summary>Committed steps of the state that it holds, as far as is known.</summary>
    public long Step { get; init; }

    /// <summary>Digest of that state when it greeted.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Its microbatches of the open step: assigned, or held when it greeted.</summary>
    public MicrobatchSet Work { get; init; } = MicrobatchSet.Empty;

    /// <summary>Its microbatches of later steps.</summary>
    public MicrobatchBlock Range { get; init; }

    /// <summary>Its state is not that of the others and must be fetched.</summary>
    public bool Discard { get; init; }

    /// <summary>Why it leaves at the next step boundary; null when it stays.</summary>
    public string? Leaving { get; init; }

    /// <summary>What its last heartbeat said.</summary>
    public Heartbeat Doing { get; init; } = new() { Phase = "start" };

    /// <summary>When it last got something done.</summary>
    public Planning.ProgressDeadline Progress { get; init; }

    /// <summary>What it said of the open step's sum; null until it holds that.</summary>
    public Prepared? Prepared { get; init; }

    /// <summary>Of a node that listens: the last step whose sum it had only after the commit, and was up to date otherwise; -1 for none.</summary>
    public long LateStep { get; init; } = -1;

    /// <summary>Before this step no commit waits for it: it did not come in time before.</summary>
    public long AwaitedFrom { get; init; }

    /// <summary>The exchange of the open step that broke on it, and when it said so.</summary>
    public (ReduceFailed Failure, TimeSpan At)? Broken { get; init; }

    /// <summary>Compute time of its last step.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>Broken samples that it has replaced.</summary>
    public long ReplacedSamples { get; init; }
}
