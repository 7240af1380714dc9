namespace Lockstep.World.Tests;

/// <summary>How a schedule ended.</summary>
/// <param name="Took">Simulated time.</param>
/// <param name="Computed">Microbatches computed.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Events">Events of the world.</param>
internal sealed record WorldResult(TimeSpan Took, long Computed, int Steps, long Events);
