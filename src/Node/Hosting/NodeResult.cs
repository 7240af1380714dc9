using System.Runtime.ExceptionServices;
using Lockstep.Protos;

namespace Lockstep.Node.Hosting;

/// <summary>How the node's part of the run ended.</summary>
public sealed class NodeResult
{
    /// <summary>The run's end, or an expected failure with a message of its own; null when neither came.</summary>
    public Finish? Outcome { get; set; }

    /// <summary>A failure that nobody expected: a fault of ours.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }
}
