using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>Residual block of two 3x3 convolutions (He et al. 2016, figure 5), as in torchvision: the stride is in the first one.</summary>
internal sealed class BasicBlock : IResidualBlock
{
    private readonly Convolution _conv1, _conv2;
    private readonly BatchNorm _bn1, _bn2;
    private readonly Shortcut _shortcut;

    public BasicBlock(IParameterSource source, string name, int inputs, int outputs, int stride)
    {
        _conv1 = new Convolution(source, $"{name}.conv1", inputs, outputs, kernel: 3, stride);
        _bn1 = new BatchNorm(source, $"{name}.bn1", outputs);
        _conv2 = new Convolution(source, $"{name}.conv2", outputs, outputs, kernel: 3);
        _bn2 = new BatchNorm(source, $"{name}.bn2", outputs);
        _shortcut = new Shortcut(source, name, inputs, outputs, stride);
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var inner = nn.functional.relu(_bn1.Forward(_conv1.Forward(x)), inplace: true); // [B, outputs, H / stride, W / stride]
        return nn.functional.relu(_bn2.Forward(_conv2.Forward(inner)).Plus(_shortcut.Forward(x)), inplace: true).MoveToOuterDisposeScope();
    }
}
