namespace Lockstep.World.Tests;

/// <summary>A state that a node starts with.</summary>
internal sealed record Checkpoint(long Step, ulong State, string Run)
{
    public static Checkpoint None { get; } = new(0, Arithmetic.FirstState, "");
}
