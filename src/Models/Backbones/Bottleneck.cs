using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Residual block of three convolutions, 1x1, 3x3 and 1x1 (He et al. 2016, figure 5), as in torchvision: the stride is in
/// the middle one.
/// </summary>
internal sealed class Bottleneck : IResidualBlock
{
    private readonly Convolution _conv1, _conv2, _conv3;
    private readonly BatchNorm _bn1, _bn2, _bn3;
    private readonly Shortcut _shortcut;

    public Bottleneck(IParameterSource source, string name, int inputs, int width, int outputs, int stride)
    {
        _conv1 = new Convolution(source, $"{name}.conv1", inputs, width, kernel: 1);
        _bn1 = new BatchNorm(source, $"{name}.bn1", width);
        _conv2 = new Convolution(source, $"{name}.conv2", width, width, kernel: 3, stride);
        _bn2 = new BatchNorm(source, $"{name}.bn2", width);
        _conv3 = new Convolution(source, $"{name}.conv3", width, outputs, kernel: 1);
        _bn3 = new BatchNorm(source, $"{name}.bn3", outputs);
        _shortcut = new Shortcut(source, name, inputs, outputs, stride);
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var inner = nn.functional.relu(_bn1.Forward(_conv1.Forward(x)), inplace: true);         // [B, width, H, W]
        inner = nn.functional.relu(_bn2.Forward(_conv2.Forward(inner)), inplace: true);         // [B, width, H / stride, W / stride]
        return nn.functional.relu(_bn3.Forward(_conv3.Forward(inner)).Plus(_shortcut.Forward(x)), inplace: true).MoveToOuterDisposeScope();
    }
}
