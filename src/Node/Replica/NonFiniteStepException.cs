namespace Lockstep.Node.Replica;

/// <summary>A step's loss, gradient or statistic is NaN or infinite. The step was not applied; the message says where and what to do.</summary>
public sealed class NonFiniteStepException(string message) : Exception(message);
