namespace Lockstep.World.Tests;

/// <summary>Something happened that must not.</summary>
internal sealed class WorldViolation(string message) : Exception(message);
