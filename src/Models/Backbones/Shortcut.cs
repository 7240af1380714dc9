using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>The way around a residual block: where the shape changes it has a 1x1 convolution of its own.</summary>
internal sealed class Shortcut
{
    private readonly Convolution? _convolution;
    private readonly BatchNorm? _norm;

    public Shortcut(IParameterSource source, string name, int inputs, int outputs, int stride)
    {
        if (stride == 1 && inputs == outputs) return;
        _convolution = new Convolution(source, $"{name}.downsample.0", inputs, outputs, kernel: 1, stride);
        _norm = new BatchNorm(source, $"{name}.downsample.1", outputs);
    }

    /// <summary>[B, inputs, H, W] to [B, outputs, H / stride, W / stride]; the input itself where the shape stays.</summary>
    public Tensor Forward(Tensor x) => _convolution is null ? x : _norm!.Forward(_convolution.Forward(x));
}
