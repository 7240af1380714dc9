namespace Lockstep.Coordinator;

/// <summary>The coordinator could not begin to listen. The message says where, why, and what to do.</summary>
public sealed class CoordinatorStartException(string message, Exception? inner = null) : Exception(message, inner);
