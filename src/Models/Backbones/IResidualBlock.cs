using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>A block of a residual network.</summary>
internal interface IResidualBlock
{
    /// <summary>[B, inputs, H, W] to [B, outputs, H / stride, W / stride].</summary>
    Tensor Forward(Tensor x);
}
