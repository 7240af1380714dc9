namespace Lockstep.Node.Session;

/// <summary>The session could not be opened or has broken. The message says what happened, where, and what to do.</summary>
public sealed class SessionException(string message, Exception? inner = null) : Exception(message, inner);
