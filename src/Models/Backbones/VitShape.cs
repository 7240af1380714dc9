using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Backbones;

/// <summary>The numbers that make a vision transformer.</summary>
/// <param name="ImageSize">Side of the image that the position embedding is made for, pixels.</param>
/// <param name="PatchSize">Side of a patch, pixels.</param>
/// <param name="Dim">D, width of a token.</param>
/// <param name="Depth">Blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="MlpRatio">Hidden width of the MLP over D.</param>
/// <param name="Registers">Learned tokens beside the class token that no one reads.</param>
public sealed record VitShape(int ImageSize, int PatchSize, int Dim, int Depth, int Heads, double MlpRatio, int Registers = 0) : IBackboneShape
{
    /// <summary>Patches along a side of the native image.</summary>
    public int Grid => ImageSize / PatchSize;

    public int HiddenDim => (int)(Dim * MlpRatio);

    public int FeatureDim => Dim;

    public bool HasBatchNorm => false;

    public IReadOnlyList<string> Stages => [.. Enumerable.Range(0, Depth).Select(i => $"blocks.{i}.")];

    /// <summary>The named architectures of DeiT and DINO (table 1), or the free one.</summary>
    public static VitShape Of(ModelOptions model)
    {
        var (dim, depth, heads) = model.Arch switch
        {
            "vit_tiny" => (192, 12, 3),
            "vit_small" => (384, 12, 6),
            "vit_base" => (768, 12, 12),
            "vit" => (model.Dim, model.Depth, model.Heads),
            _ => throw new ArgumentException(ModelOptions.UnknownArch(model.Arch), nameof(model)),
        };
        return new VitShape(model.ImageSize, model.PatchSize, dim, depth, heads, model.MlpRatio, model.Registers);
    }

    public IBackbone Build(IParameterSource source, string prefix, double dropPathRate) => new VisionTransformer(source, prefix, this, dropPathRate);

    public IFeatureExtractor BuildExtractor(FlatBuffer weights) => new VitFeatureExtractor(weights, this);
}
