namespace Lockstep.Node.Session;

/// <summary>The session could not be opened. The message says what happened, where, and what to do.</summary>
public sealed class SessionException(string message, Exception? inner = null, bool retry = false) : Exception(message, inner)
{
    /// <summary>Trying again later may succeed.</summary>
    public bool Retry => retry;
}
