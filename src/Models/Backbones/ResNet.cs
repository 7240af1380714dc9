using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Residual network (He et al. 2016) of torchvision's structure and names, without the classifier "fc"; any size goes in. For
/// small images the stem is a 3x3 convolution without pooling, and there are three layers, as in the paper's networks for CIFAR.
/// </summary>
public sealed class ResNet : IBackbone
{
    private readonly Convolution _conv1;
    private readonly BatchNorm _bn1;
    private readonly bool _smallImages;
    private readonly IResidualBlock[] _blocks;
    private readonly int[] _lastOfLayer; // index of each layer's last block

    /// <param name="source">Where the parameters come from; asked in the order of the official state dict.</param>
    /// <param name="prefix">Put before every name, e.g. "backbone.".</param>
    /// <param name="shape">Architecture.</param>
    public ResNet(IParameterSource source, string prefix, ResNetShape shape)
    {
        _smallImages = shape.SmallImages;
        _conv1 = new Convolution(source, $"{prefix}conv1", 3, shape.StemDim, kernel: _smallImages ? 3 : 7, stride: 2);
        _bn1 = new BatchNorm(source, $"{prefix}bn1", shape.StemDim);
        var (blocks, ends, inputs) = (new List<IResidualBlock>(), new List<int>(), shape.StemDim);
        for (var layer = 0; layer < shape.Blocks.Count; layer++)
        {
            for (var block = 0; block < shape.Blocks[layer]; block++)
            {
                var stride = layer > 0 && block == 0 ? 2 : 1;
                var (name, outputs) = ($"{prefix}layer{layer + 1}.{block}", shape.OutputDim(layer));
                blocks.Add(shape.Basic ? new BasicBlock(source, name, inputs, outputs, stride) : new Bottleneck(source, name, inputs, shape.InnerDim(layer), outputs, stride));
                inputs = outputs;
            }
            ends.Add(blocks.Count - 1);
        }
        (_blocks, _lastOfLayer) = ([.. blocks], [.. ends]);
    }

    /// <summary>The mean over the last map: [B, 3, H, W] to [B, D].</summary>
    public Tensor Forward(Tensor images, DropPath? dropPath = null, BackwardProgress? progress = null)
    {
        using var scope = NewDisposeScope();
        var x = Stem(images);
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = BackwardProgress.Mark(progress, x, i);
            var next = _blocks[i].Forward(x);
            x.Dispose(); // without gradients this frees the memory at once
            x = next;
        }
        return Precision.Exact(x).mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>The maps behind every layer, each half as wide as the one before: [B, C, H, W].</summary>
    public IReadOnlyList<Tensor> GetLayers(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = Stem(images);
        var maps = new List<Tensor>();
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x);
            if (_lastOfLayer.Contains(i)) maps.Add(x.MoveToOuterDisposeScope());
        }
        return maps;
    }

    /// <summary>Before the first layer: [B, C, ⌈H / 4⌉, ⌈W / 4⌉]; of small images [B, C, ⌈H / 2⌉, ⌈W / 2⌉].</summary>
    public Tensor Stem(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = nn.functional.relu(_bn1.Forward(_conv1.Forward(images)), inplace: true);
        return (_smallImages ? x : nn.functional.max_pool2d(x, 3, stride: 2, padding: 1)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        // Every tensor belongs to the parameters' source.
    }
}
