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

    public Tensor Features(Tensor images)
    {
        using var noGradients = no_grad();
        return _backbone.Forward(images);
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
