using Lockstep.Models.Replica;

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

    /// <summary>What one microbatch adds to a step's sum: the gradient in the student's layout, then statistics.</summary>
    FlatLayout Contribution { get; }

    /// <summary>Fills a new state: initial weights keyed by (seed, parameter name), teacher equal to student.</summary>
    void Initialize(ReplicaState state);

    /// <summary>One thread's modules, bound to views of the state's buffers. Several lanes may run at once.</summary>
    ILane CreateLane(ReplicaState state);

    /// <summary>
    /// Turns the state of step s into that of step s + 1: optimizer, teacher, statistics. <paramref name="sum"/> is the
    /// tree sum of all M contributions; it is overwritten. Deterministic; called with no lane running.
    /// </summary>
    StepReport Apply(ReplicaState state, FlatBuffer sum);

    /// <summary>The frozen network that evaluation uses, bound to a section of the state ("teacher" or "student").</summary>
    IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section);
}
