using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Steps;

/// <summary>Where a step's time goes, on average over the steps drawn. Seconds.</summary>
/// <param name="Reducer">Who sums.</param>
/// <param name="Group">Members a group; 0 with one level.</param>
/// <param name="Compute">Of the slowest node.</param>
/// <param name="Exposed">From the slowest node's last gradient until all hold the sum: what overlap does not hide.</param>
/// <param name="Exchange">The exchange with nothing hidden.</param>
/// <param name="Other">Prepared, commit, optimizer.</param>
/// <param name="MostMicrobatches">Microbatches of the node that has most.</param>
/// <param name="MostBlocks">Partial sums that a node sends of each slice, at most.</param>
public sealed record StepTime(Reducer Reducer, int Group, double Compute, double Exposed, double Exchange, double Other, int MostMicrobatches, int MostBlocks)
{
    public double Total => Compute + Exposed + Other;
}
