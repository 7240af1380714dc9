using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Optim;

/// <summary>
/// SGD with momentum and coupled weight decay, as torch.optim.SGD without dampening: b ← momentum b + (g + decay w),
/// w ← w - rate b. Torch begins b as the first gradient, which is what a b of 0 gives.
/// </summary>
/// <param name="Momentum">Share of the buffer that a step keeps.</param>
public sealed record Sgd(double Momentum) : IOptimizer
{
    public IReadOnlyList<string> Moments { get; } = ["momentum_buffer"];

    public void Update(
        string name, FlatBuffer parameters, FlatBuffer gradients, IReadOnlyList<FlatBuffer> moments,
        double learningRate, double weightDecay, long count)
    {
        using var scope = NewDisposeScope();
        var (parameter, gradient, buffer) = (parameters.View(name), gradients.View(name), moments[0].View(name));
        buffer.ScaleBy(Momentum).Increase(gradient.Plus(parameter, weightDecay));
        parameter.Increase(buffer, -learningRate);
    }
}
