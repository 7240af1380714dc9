using Lockstep.Protos;

namespace Lockstep.Node.Hosting;

/// <summary>How the node's part of the run ended; null when it never came to an end of its own.</summary>
public sealed class NodeResult
{
    public Finish? Outcome { get; set; }
}
