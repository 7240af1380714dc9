using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>Layer norm over the last dimension; eps 1e-6 as in the ViT papers' code, not PyTorch's 1e-5.</summary>
public sealed class LayerNorm
{
    private const double Epsilon = 1e-6;
    private readonly long[] _shape;
    private readonly Tensor _weight, _bias;

    public LayerNorm(IParameterSource source, string name, long dim)
    {
        _shape = [dim];
        _weight = source.Get($"{name}.weight", [dim], Init.Ones);
        _bias = source.Get($"{name}.bias", [dim], Init.Zeros);
    }

    public Tensor Forward(Tensor x) => nn.functional.layer_norm(x, _shape, _weight, _bias, Epsilon); // [..., dim]
}
