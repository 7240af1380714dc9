namespace Lockstep.Simulation.Faults;

/// <summary>How a run with faults went.</summary>
/// <param name="Goodput">Time that the committed steps take without faults, over the time that passed.</param>
/// <param name="LostSeconds">Delay of the step that a lost node interrupts, on average.</param>
/// <param name="RejoinSeconds">From a loss until its replacement takes part, on average.</param>
/// <param name="MeanNodes">Nodes that took part, on average over time.</param>
public sealed record RunTime(double Goodput, double LostSeconds, double RejoinSeconds, double MeanNodes);
