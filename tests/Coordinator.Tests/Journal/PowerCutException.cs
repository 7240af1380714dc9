namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>The simulated machine has lost its power; nothing of the program may run on.</summary>
internal sealed class PowerCutException : Exception;
