using Lockstep.Simulation.Faults;
using Lockstep.Simulation.Steps;

namespace Lockstep.Simulation;

/// <summary>What is to be expected of so many nodes.</summary>
/// <param name="Nodes">n.</param>
/// <param name="Step">A step without faults.</param>
/// <param name="Run">A run with faults.</param>
/// <param name="Efficiency">Time of one node that computes only, over n times the step's time.</param>
/// <param name="FaultsADay">Node losses of the whole cluster.</param>
/// <param name="RestartGoodput">Goodput of a job that restarts as a whole from checkpoints, for comparison.</param>
public sealed record Prediction(int Nodes, StepTime Step, RunTime Run, double Efficiency, double FaultsADay, double RestartGoodput);
