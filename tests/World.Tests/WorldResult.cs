namespace Lockstep.World.Tests;

/// <summary>How a schedule ended.</summary>
/// <param name="Took">Simulated time.</param>
/// <param name="Computed">Microbatches computed.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Events">Events of the world.</param>
/// <param name="Generations">The last generation's number.</param>
/// <param name="Starts">Starts of coordinators.</param>
/// <param name="Fallbacks">Steps committed again.</param>
/// <param name="Fetched">States fetched from peers.</param>
/// <param name="Healed">States that had turned bad and were fetched anew.</param>
/// <param name="IsSaved">The last step's state is in a checkpoint.</param>
internal sealed record WorldResult(TimeSpan Took, long Computed, int Steps, long Events, long Generations, int Starts, long Fallbacks, int Fetched, int Healed, bool IsSaved);
