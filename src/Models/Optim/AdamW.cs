using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Optim;

/// <summary>AdamW (Loshchilov and Hutter 2019) on flat buffers, operation by operation as torch.optim.AdamW.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public sealed record AdamW(double Beta1, double Beta2, double Epsilon)
{
    /// <summary>One update of one tensor, in place. All four buffers know it by the same name.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="parameters">Weights.</param>
    /// <param name="gradients">Gradients.</param>
    /// <param name="expAvg">First moments.</param>
    /// <param name="expAvgSq">Second moments.</param>
    /// <param name="learningRate">Step size before bias correction.</param>
    /// <param name="weightDecay">Decoupled: the weight shrinks by learningRate * weightDecay of itself.</param>
    /// <param name="count">How many updates this tensor has had, this one included: t in the bias correction.</param>
    public void Update(
        string name, FlatBuffer parameters, FlatBuffer gradients, FlatBuffer expAvg, FlatBuffer expAvgSq,
        double learningRate, double weightDecay, long count)
    {
        using var scope = NewDisposeScope();
        var (parameter, gradient) = (parameters.View(name), gradients.View(name));
        var (first, second) = (expAvg.View(name), expAvgSq.View(name));
        var correction1 = 1 - Math.Pow(Beta1, count);
        var correction2 = 1 - Math.Pow(Beta2, count);

        parameter.mul_(1 - learningRate * weightDecay);
        first.mul_(Beta1).add_(gradient, 1 - Beta1);
        second.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        var denominator = second.sqrt().div_(Math.Sqrt(correction2)).add_(Epsilon);
        parameter.addcdiv_(first, denominator, -learningRate / correction1);
    }
}
