using static TorchSharp.torch;

namespace Lockstep.Models;

/// <summary>A frozen backbone for evaluation: no gradients, no drop path.</summary>
public interface IFeatureExtractor : IDisposable
{
    /// <summary>Side of the square image that the backbone was trained for, pixels.</summary>
    int ImageSize { get; }

    /// <summary>Side of a patch, pixels; attention maps are [S / patch, S / patch].</summary>
    int PatchSize { get; }

    /// <summary>Global features: [B, 3, S, S] to [B, D] (a ViT's class token after the final norm).</summary>
    Tensor Features(Tensor images);

    /// <summary>Blocks whose class tokens <see cref="ProbeFeatures"/> can give: a ViT's depth; 0 for a network without class tokens.</summary>
    int Blocks { get; }

    /// <summary>
    /// What DINO's linear probe sees (eval_linear.py): the class tokens of the last blocks, each after the final norm, one
    /// after the other: [B, 3, S, S] to [B, blocks * D]. With the mean of the last block's patch tokens it is
    /// [B, (blocks + 1) * D]: for one block interleaved with the class token (c0, m0, c1, m1, ...), as in the original, else behind.
    /// </summary>
    /// <param name="blocks">1 to <see cref="Blocks"/>.</param>
    /// <exception cref="NotSupportedException">The network has no class tokens; its features are <see cref="Features"/>.</exception>
    Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean);

    /// <summary>Features of places: a ViT's patch tokens after the final norm [B, D, H / patch, W / patch], a ResNet's last map.</summary>
    Tensor PatchFeatures(Tensor images);

    /// <summary>Attention of the class token over the patches in the last block: [B, heads, S/patch, S/patch].</summary>
    Tensor Attention(Tensor images);
}
