using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Image to tokens: a convolution whose kernel is its stride. Written as one matrix product over cut-out patches, whose
/// backward has one order of summation on every device.
/// </summary>
public sealed class PatchEmbed
{
    private const int Channels = 3;
    private readonly int _patch, _dim;
    private readonly Precision _precision;
    private readonly Tensor _weight, _bias;

    public PatchEmbed(IParameterSource source, string name, int patch, int dim)
    {
        (_patch, _dim, _precision) = (patch, dim, source.Precision);
        var fanIn = Channels * patch * patch;
        _weight = source.Get($"{name}.proj.weight", [dim, Channels, patch, patch], Init.Uniform(fanIn));
        _bias = source.Get($"{name}.proj.bias", [dim], Init.Uniform(fanIn));
    }

    /// <summary>[B, 3, H, W] to [B, H/p * W/p, D], patches row by row.</summary>
    public Tensor Forward(Tensor images)
    {
        var (batch, rows, columns) = (images.shape[0], images.shape[2] / _patch, images.shape[3] / _patch);
        var patches = images
            .reshape(batch, Channels, rows, _patch, columns, _patch)
            .permute(0, 2, 4, 1, 3, 5)                                    // [B, rows, columns, 3, p, p]
            .reshape(batch, rows * columns, Channels * _patch * _patch);  // [B, N, 3pp]
        return Precision.Exact(_precision.Linear(patches, _weight.reshape(_dim, -1), _bias));
    }
}
