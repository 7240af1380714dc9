using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>y = x Wᵀ + b, with the transformers' initialisation: normal of std 0.02, bias 0. In the source's precision.</summary>
public sealed class Linear
{
    private readonly Precision _precision;
    private readonly Tensor _weight, _bias;

    public Linear(IParameterSource source, string name, long inputs, long outputs)
    {
        _precision = source.Precision;
        _weight = source.Get($"{name}.weight", [outputs, inputs], Init.TruncatedNormal(0.02));
        _bias = source.Get($"{name}.bias", [outputs], Init.Zeros);
    }

    public Tensor Forward(Tensor x) => _precision.Linear(x, _weight, _bias); // [..., inputs] -> [..., outputs]
}
