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

    /// <summary>Attention of the class token over the patches in the last block: [B, heads, S/patch, S/patch].</summary>
    Tensor Attention(Tensor images);
}
