using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Session;

/// <summary>How a node holds its session with the coordinator.</summary>
public sealed record SessionOptions
{
    /// <summary>Seconds for which a coordinator that does not answer is tried again.</summary>
    [Range(0.1, 86_400)]
    public required double ConnectTimeoutSeconds { get; init; }
}
