using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Backbones;

/// <summary>Architecture of a residual network of bottlenecks.</summary>
/// <param name="ImageSize">Side of the square image that it is trained for, pixels; any other goes in as well.</param>
/// <param name="Blocks">Blocks of each layer; every layer after the first halves the map and doubles the channels.</param>
/// <param name="WidthPerGroup">Inner channels of a block of the first layer.</param>
public sealed record ResNetShape(int ImageSize, IReadOnlyList<int> Blocks, int WidthPerGroup = 64) : IBackboneShape
{
    /// <summary>Channels of the stem.</summary>
    public const int StemDim = 64;

    /// <summary>Outer channels of a block over those of the plain residual block.</summary>
    private const int Expansion = 4;

    public int FeatureDim => OutputDim(Blocks.Count - 1);

    public bool HasBatchNorm => true;

    public IReadOnlyList<string> Stages => [.. Blocks.SelectMany((count, layer) => Enumerable.Range(0, count).Select(block => $"layer{layer + 1}.{block}."))];

    /// <summary>ResNet-50 (He et al. 2016, table 1), 2048 features.</summary>
    public static ResNetShape ResNet50(int imageSize) => new(imageSize, [3, 4, 6, 3]);

    /// <summary>Channels between the layers, behind layer <paramref name="layer"/> (from 0).</summary>
    public int OutputDim(int layer) => (StemDim * Expansion) << layer;

    /// <summary>Channels inside the blocks of a layer.</summary>
    public int InnerDim(int layer) => WidthPerGroup << layer;

    public IBackbone Build(IParameterSource source, string prefix, double dropPathRate) => new ResNet(source, prefix, this);

    public IFeatureExtractor BuildExtractor(FlatBuffer weights) => new ResNetFeatureExtractor(weights, this);
}
