using Lockstep.Models.Replica;

namespace Lockstep.Models.Watch;

/// <summary>
/// Looks at the steps of a run one after the other, and says what only several of them show. Every node has one and shows it
/// the same sums, so all come to the same; it decides nothing of the state. One that begins in the middle of a run (a node that
/// joined, a run that was resumed) leaves out what it has not seen enough for.
/// </summary>
public interface IRunWatch
{
    /// <summary>The next step, after Apply.</summary>
    /// <param name="step">Its number, from 0.</param>
    /// <param name="report">What Apply says of it.</param>
    /// <param name="mean">The sum as Apply leaves it: the statistics in it are means over the microbatches.</param>
    /// <returns>The report with further values and with alarms.</returns>
    StepReport Next(long step, StepReport report, FlatBuffer mean);
}
