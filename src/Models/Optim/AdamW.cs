using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Optim;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019), operation by operation as torch.optim.AdamW. The decay is decoupled: a weight
/// shrinks by learning rate * weight decay of itself.
/// </summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public sealed record AdamW(double Beta1, double Beta2, double Epsilon) : IOptimizer
{
    public IReadOnlyList<string> Moments { get; } = ["exp_avg", "exp_avg_sq"];

    public void Update(
        string name, FlatBuffer parameters, FlatBuffer gradients, IReadOnlyList<FlatBuffer> moments,
        double learningRate, double weightDecay, long count)
    {
        using var scope = NewDisposeScope();
        var (parameter, gradient) = (parameters.View(name), gradients.View(name));
        var (first, second) = (moments[0].View(name), moments[1].View(name));
        var correction1 = 1 - Math.Pow(Beta1, count);
        var correction2 = 1 - Math.Pow(Beta2, count);

        parameter.ScaleBy(1 - learningRate * weightDecay);
        first.ScaleBy(Beta1).Increase(gradient, 1 - Beta1);
        second.ScaleBy(Beta2).IncreaseByProduct(gradient, gradient, 1 - Beta2);
        var denominator = second.sqrt().DivideBy(Math.Sqrt(correction2)).Increase(Epsilon);
        parameter.IncreaseByQuotient(first, denominator, -learningRate / correction1);
    }
}
