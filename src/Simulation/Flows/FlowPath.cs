namespace Lockstep.Simulation.Flows;

/// <summary>Where a flow goes: an up link and a down link, how many copies of the flow each of them carries, and how many there are in all.</summary>
public readonly record struct FlowPath(int Up, int UpCopies, int Down, int DownCopies, long Copies = 1);
