using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>A frozen ResNet over weights and running statistics named "backbone.*" in a flat buffer.</summary>
public sealed class ResNetFeatureExtractor : IFeatureExtractor
{
    private readonly ParameterBinder _parameters;
    private readonly ResNet _backbone;

    public ResNetFeatureExtractor(FlatBuffer weights, ResNetShape shape)
    {
        (ImageSize, PatchSize) = (shape.ImageSize, shape.MapStride);
        _parameters = new ParameterBinder(weights);
        _backbone = new ResNet(_parameters, "backbone.", shape);
    }

    public int ImageSize { get; }

    /// <summary>Pixels of the image a place of the last map.</summary>
    public int PatchSize { get; }

    public int Blocks => 0;

    public Tensor Features(Tensor images)
    {
        using var noGradients = no_grad();
        return _backbone.Forward(images);
    }

    /// <exception cref="NotSupportedException">Always: a linear probe of a ResNet sees <see cref="Features"/>.</exception>
    public Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean) =>
        throw new NotSupportedException("a ResNet has no class tokens: its linear probe sees the mean of the last map");

    public Tensor PatchFeatures(Tensor images)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        return _backbone.GetLayers(images)[^1].MoveToOuterDisposeScope();
    }

    /// <exception cref="NotSupportedException">Always: a convolutional network attends to nothing.</exception>
    public Tensor Attention(Tensor images) =>
        throw new NotSupportedException("a ResNet has no attention to show: train a ViT (Model:Arch vit_small) for attention pictures");

    public void Dispose()
    {
        _backbone.Dispose();
        _parameters.Dispose();
    }
}
