using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Residual network (He et al. 2016) of torchvision's structure and names, without the classifier "fc". Goes down to a
/// 32nd of the image's sides; any size goes in.
/// </summary>
public sealed class ResNet : IBackbone
{
    private readonly Convolution _conv1;
    private readonly BatchNorm _bn1;
    private readonly Bottleneck[] _blocks;
    private readonly int[] _lastOfLayer; // index of each layer's last block

    /// <param name="source">Where the parameters come from; asked in the order of the official state dict.</param>
    /// <param name="prefix">Put before every name, e.g. "backbone.".</param>
    /// <param name="shape">Architecture.</param>
    public ResNet(IParameterSource source, string prefix, ResNetShape shape)
    {
        _conv1 = new Convolution(source, $"{prefix}conv1", 3, ResNetShape.StemDim, kernel: 7, stride: 2);
        _bn1 = new BatchNorm(source, $"{prefix}bn1", ResNetShape.StemDim);
        var (blocks, ends, inputs) = (new List<Bottleneck>(), new List<int>(), ResNetShape.StemDim);
        for (var layer = 0; layer < shape.Blocks.Count; layer++)
        {
            for (var block = 0; block < shape.Blocks[layer]; block++)
            {
                var stride = layer > 0 && block == 0 ? 2 : 1;
                blocks.Add(new Bottleneck(source, $"{prefix}layer{layer + 1}.{block}", inputs, shape.InnerDim(layer), shape.OutputDim(layer), stride));
                inputs = shape.OutputDim(layer);
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

    /// <summary>The maps behind every layer, at a 4th, 8th, 16th and 32nd of the image's sides: [B, C, H, W] each.</summary>
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

    /// <summary>Before the first layer: [B, 64, ⌈H / 4⌉, ⌈W / 4⌉].</summary>
    public Tensor Stem(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = nn.functional.relu(_bn1.Forward(_conv1.Forward(images)), inplace: true);
        return nn.functional.max_pool2d(x, 3, stride: 2, padding: 1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        // Every tensor belongs to the parameters' source.
    }
}
