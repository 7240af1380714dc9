namespace Lockstep.Simulation.Exchanges;

/// <summary>Nodes that do the same at the same time.</summary>
/// <param name="Count">How many they are.</param>
/// <param name="Blocks">Partial sums that each sends of every slice: the aligned blocks of its microbatches.</param>
/// <param name="Gradient">When its gradient becomes final.</param>
public sealed record NodeClass(int Count, int Blocks, GradientReady Gradient);
