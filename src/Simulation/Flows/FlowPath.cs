namespace Lockstep.Simulation.Flows;

/// <summary>Where a flow goes: an up link and a down link, and how many copies of the flow each of them carries.</summary>
public readonly record struct FlowPath(int Up, int UpCopies, int Down, int DownCopies);
