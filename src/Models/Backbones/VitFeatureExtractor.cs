using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>A frozen ViT over weights named "backbone.*" in a flat buffer.</summary>
public sealed class VitFeatureExtractor : IFeatureExtractor
{
    private readonly ParameterBinder _parameters;
    private readonly VisionTransformer _backbone;

    public VitFeatureExtractor(FlatBuffer weights, VitShape shape)
    {
        _parameters = new ParameterBinder(weights);
        _backbone = new VisionTransformer(_parameters, "backbone.", shape);
    }

    public int ImageSize => _backbone.Shape.ImageSize;
    public int PatchSize => _backbone.Shape.PatchSize;
    public int Blocks => _backbone.Shape.Depth;

    public Tensor Features(Tensor images)
    {
        using var noGradients = no_grad();
        return _backbone.Forward(images);
    }

    public Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, Blocks);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var layers = _backbone.GetIntermediateLayers(images, blocks);                // [B, 1 + N, D] each
        var tokens = layers.Select(layer => layer.select(1, 0)).ToList();            // [B, D] each
        if (!patchMean) return cat(tokens, 1).MoveToOuterDisposeScope();
        var mean = layers[^1].narrow(1, 1, layers[^1].shape[1] - 1).mean([1]);       // [B, D]
        return (blocks == 1 ? stack([tokens[0], mean], 2).flatten(1) : cat([.. tokens, mean], 1)).MoveToOuterDisposeScope();
    }

    public Tensor PatchFeatures(Tensor images)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var tokens = _backbone.GetIntermediateLayers(images, 1)[0];                  // [B, 1 + N, D]
        var (rows, columns) = (images.shape[2] / PatchSize, images.shape[3] / PatchSize);
        return tokens.narrow(1, 1, rows * columns).transpose(1, 2)
            .reshape(images.shape[0], -1, rows, columns).MoveToOuterDisposeScope();
    }

    public Tensor Attention(Tensor images)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var weights = _backbone.GetLastSelfAttention(images);                       // [B, heads, 1 + R + N, 1 + R + N]
        var (rows, columns) = (images.shape[2] / PatchSize, images.shape[3] / PatchSize);
        return weights.select(2, 0).narrow(2, 1 + _backbone.Shape.Registers, rows * columns)
            .reshape(images.shape[0], -1, rows, columns).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _backbone.Dispose();
        _parameters.Dispose();
    }
}
