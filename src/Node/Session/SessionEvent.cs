namespace Lockstep.Node.Session;

/// <summary>What the coordinator answers to Ready and to Prepared: <see cref="Planned"/>, <see cref="Committed"/> or <see cref="Finished"/>.</summary>
public abstract record SessionEvent;
