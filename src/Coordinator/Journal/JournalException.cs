namespace Lockstep.Coordinator.Journal;

/// <summary>The journal cannot be read or written. The message names the file, says why, and what to do.</summary>
public sealed class JournalException(string message, Exception? inner = null) : Exception(message, inner);
