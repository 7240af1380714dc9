using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Optim;

/// <summary>
/// LARS (You et al. 2017) as DINO's utils.LARS: the decayed gradient g + decay w is brought to Eta times the weights' own
/// length, then SGD with momentum. One-dimensional tensors, and those of length 0, go without the scaling; the former
/// without decay too.
/// </summary>
/// <param name="Momentum">Share of the buffer that a step keeps.</param>
/// <param name="Eta">Length of an update over that of the weights, before the learning rate.</param>
public sealed record Lars(double Momentum, double Eta) : IOptimizer
{
    public IReadOnlyList<string> Moments { get; } = ["mu"];

    public void Update(
        string name, FlatBuffer parameters, FlatBuffer gradients, IReadOnlyList<FlatBuffer> moments,
        double learningRate, double weightDecay, long count)
    {
        using var scope = NewDisposeScope();
        var (parameter, gradient, buffer) = (parameters.View(name), gradients.View(name), moments[0].View(name));
        buffer.ScaleBy(Momentum).Increase(parameter.ndim == 1 ? gradient : Scaled(gradient.Plus(parameter, weightDecay), parameter));
        parameter.Increase(buffer, -learningRate);
    }

    private Tensor Scaled(Tensor update, Tensor parameter)
    {
        var (length, updateLength) = (parameter.norm(), update.norm());
        var scalable = length.Exceeds(0).logical_and(updateLength.Exceeds(0));
        return update * where(scalable, length.Times(Eta) / updateLength, ones_like(length));
    }
}
