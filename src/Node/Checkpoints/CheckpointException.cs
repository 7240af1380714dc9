namespace Lockstep.Node.Checkpoints;

/// <summary>A checkpoint cannot be read or written. The message names the file, the fault and the remedy.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
