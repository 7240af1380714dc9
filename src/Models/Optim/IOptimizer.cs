using Lockstep.Models.Replica;

namespace Lockstep.Models.Optim;

/// <summary>Turns gradients into new weights, tensor by tensor, in place on flat buffers.</summary>
public interface IOptimizer
{
    /// <summary>What it keeps of every tensor between steps, zero at first: sections of the state in the parameters' layout, under torch's names.</summary>
    IReadOnlyList<string> Moments { get; }

    /// <summary>One update of one tensor. All buffers know it by the same name. A tensor that has no gradient in a step is not given.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="parameters">Weights.</param>
    /// <param name="gradients">Gradients; left as they are.</param>
    /// <param name="moments">The sections named in <see cref="Moments"/>.</param>
    /// <param name="learningRate">Step size of this update.</param>
    /// <param name="weightDecay">Of this tensor at this step; 0 for tensors that are not decayed.</param>
    /// <param name="count">How many updates this tensor has had, this one included.</param>
    void Update(
        string name, FlatBuffer parameters, FlatBuffer gradients, IReadOnlyList<FlatBuffer> moments,
        double learningRate, double weightDecay, long count);
}
