using Lockstep.Models.Replica;
using Lockstep.Models.Watch;
using Lockstep.Models.Weights;

namespace Lockstep.Models;

/// <summary>
/// A published pretraining method, as the node sees it: pure functions of (state, recipe, step). The node knows
/// nothing of students, teachers or losses; it feeds views, sums contributions in tree order and calls Apply.
/// </summary>
public interface IPretrainingMethod
{
    /// <summary>The recipe's name of the method: dino, itpn, dreamteacher, ddep.</summary>
    string Name { get; }

    /// <summary>The views of a sample, in the order in which lanes get them.</summary>
    IReadOnlyList<ViewSpec> Views { get; }

    /// <summary>The sections of the state (student, teacher, moments, statistics) and the tensors in each.</summary>
    StateLayout State { get; }

    /// <summary>The sections that lanes read; where lanes compute on another device, these are copied to it once a step.</summary>
    IReadOnlyList<string> LaneSections => [.. State.Sections.Select(section => section.Name)];

    /// <summary>What one microbatch adds to a step's sum: the gradient in the student's layout, then statistics.</summary>
    FlatLayout Contribution { get; }

    /// <summary>Fills a new state: initial weights keyed by (seed, parameter name), teacher equal to student.</summary>
    void Initialize(ReplicaState state);

    /// <summary>Puts weights of a file in the place of those that <see cref="Initialize"/> made up.</summary>
    /// <param name="section">teacher or student: that network of the file, for all networks here; both: every network and what goes with it.</param>
    /// <param name="resizePositions">Lets position embeddings of another grid be resized.</param>
    /// <returns>What was taken, for people: one line a network.</returns>
    /// <exception cref="InvalidDataException">The weights do not fit; the message names every difference.</exception>
    IReadOnlyList<string> Begin(ReplicaState state, IWeightsFile weights, string section, bool resizePositions) =>
        throw new InvalidDataException($"the method {Name} cannot begin from weights: leave Start:Weights empty");

    /// <summary>One thread's modules, bound to views of the state's buffers. Several lanes may run at once.</summary>
    /// <param name="state">Has the <see cref="LaneSections"/>; a lane computes on the device on which they lie, and makes its contribution there.</param>
    ILane CreateLane(ReplicaState state);

    /// <summary>
    /// What <see cref="Apply"/> would do with a sum. Nodes ask before they call a step prepared, so one that must not be applied
    /// is never committed. Changes nothing; no lane may be running.
    /// </summary>
    StepVerdict Judge(ReplicaState state, FlatBuffer sum) => StepVerdict.Apply;

    /// <summary>
    /// Turns the state of step s into that of step s + 1: optimizer, teacher, statistics. <paramref name="sum"/> is the
    /// tree sum of all M contributions; it is overwritten. Deterministic; called with no lane running.
    /// </summary>
    StepReport Apply(ReplicaState state, FlatBuffer sum);

    /// <summary>What looks at a replica's steps for signs that the run goes wrong; null when the method has none.</summary>
    IRunWatch? CreateWatch() => null;

    /// <summary>The frozen network that evaluation uses, bound to a section of the state ("teacher" or "student").</summary>
    IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section);
}
