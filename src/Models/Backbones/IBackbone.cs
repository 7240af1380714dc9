using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>A network from images to one vector of features an image.</summary>
public interface IBackbone : IDisposable
{
    /// <summary>[B, 3, H, W] to [B, D].</summary>
    /// <param name="images">Normalised images.</param>
    /// <param name="dropPath">Key of the stochastic depth, where the backbone has it; null runs every branch.</param>
    /// <param name="progress">Gets a mark at the input of each of <see cref="IBackboneShape.Stages"/>.</param>
    Tensor Forward(Tensor images, DropPath? dropPath = null, BackwardProgress? progress = null);
}
