namespace Lockstep.Node.Collectives;

/// <summary>A step's sum could not be formed. The message says at which step, with whom, and why.</summary>
public sealed class AllReduceException(string message, Exception? inner = null) : Exception(message, inner);
