using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Backbones;

/// <summary>Architecture of a residual network.</summary>
/// <param name="ImageSize">Side of the square image that it is trained for, pixels; any other goes in as well.</param>
/// <param name="Blocks">Blocks of each layer; every layer after the first halves the map and doubles the channels.</param>
/// <param name="WidthPerGroup">Inner channels of a bottleneck of the first layer.</param>
/// <param name="StemDim">Channels of the stem.</param>
/// <param name="Basic">Blocks of two 3x3 convolutions, not bottlenecks.</param>
/// <param name="SmallImages">The stem is 3x3 and does not pool.</param>
public sealed record ResNetShape(int ImageSize, IReadOnlyList<int> Blocks, int WidthPerGroup = 64, int StemDim = 64, bool Basic = false, bool SmallImages = false) : IBackboneShape
{
    /// <summary>Layers of those for small images.</summary>
    public const int SmallLayers = 3;

    /// <summary>Outer channels of a bottleneck over those of the plain residual block.</summary>
    private const int Expansion = 4;

    public int FeatureDim => OutputDim(Blocks.Count - 1);

    public bool HasBatchNorm => true;

    public IReadOnlyList<string> Stages => [.. Blocks.SelectMany((count, layer) => Enumerable.Range(0, count).Select(block => $"layer{layer + 1}.{block}."))];

    /// <summary>Pixels of the image a place of the last map.</summary>
    public int MapStride => (SmallImages ? 2 : 4) << (Blocks.Count - 1);

    /// <summary>ResNet-50 (He et al. 2016, table 1), 2048 features.</summary>
    public static ResNetShape ResNet50(int imageSize) => new(imageSize, [3, 4, 6, 3]);

    /// <summary>
    /// Basic blocks for small images: the networks for CIFAR of the paper (section 4.2; 16 channels; 3, 5, 7, 9 or 18 blocks a layer), but
    /// with a stem of stride 2, which takes a quarter of the work.
    /// </summary>
    /// <param name="imageSize">Side of the images, pixels.</param>
    /// <param name="dim">Channels of the stem and the first layer; the features have 4 times as many.</param>
    /// <param name="depth">Blocks a layer.</param>
    public static ResNetShape Small(int imageSize, int dim, int depth) =>
        new(imageSize, [.. Enumerable.Repeat(depth, SmallLayers)], StemDim: dim, Basic: true, SmallImages: true);

    /// <summary>Channels between the layers, behind layer <paramref name="layer"/> (from 0).</summary>
    public int OutputDim(int layer) => (StemDim * (Basic ? 1 : Expansion)) << layer;

    /// <summary>Channels inside the bottlenecks of a layer.</summary>
    public int InnerDim(int layer) => WidthPerGroup << layer;

    public IBackbone Build(IParameterSource source, string prefix, double dropPathRate) => new ResNet(source, prefix, this);

    public IFeatureExtractor BuildExtractor(FlatBuffer weights) => new ResNetFeatureExtractor(weights, this);
}
