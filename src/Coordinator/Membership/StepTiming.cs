namespace Lockstep.Coordinator.Membership;

/// <summary>When a step was committed and how long its nodes, together, waited for data.</summary>
public readonly record struct StepTiming(TimeSpan CommittedAt, double DataSeconds, int Nodes);
