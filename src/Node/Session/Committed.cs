using Lockstep.Protos;

namespace Lockstep.Node.Session;

/// <summary>All nodes of the generation are prepared: apply the step.</summary>
public sealed record Committed(Commit Commit) : SessionEvent;
