using Lockstep.Models.Backbones;
using Lockstep.Models.Heads;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>Backbone and head: the student, and with other weights and no drop path the teacher.</summary>
public sealed class DinoNetwork(IParameterSource source, VitShape shape, DinoOptions options, double dropPathRate) : IDisposable
{
    private readonly VisionTransformer _backbone = new(source, "backbone.", shape, dropPathRate);
    private readonly DinoHead _head = new(source, "head.", shape.Dim, options);

    /// <summary>Prefixes of the parameters of each stage that <see cref="Forward"/> marks: the blocks, then the head.</summary>
    public static IReadOnlyList<string> Stages(VitShape shape) =>
        [.. Enumerable.Range(0, shape.Depth).Select(i => $"backbone.blocks.{i}."), "head."];

    /// <summary>V crops [B, 3, S, S] to features [V * B, D] and logits [V * B, K], view-major.</summary>
    /// <param name="crops">The views.</param>
    /// <param name="dropPath">Key of the stochastic depth; null runs every branch.</param>
    /// <param name="progress">Gets a mark at the input of each stage, in every pass.</param>
    public (Tensor Features, Tensor Logits) Forward(IReadOnlyList<Tensor> crops, DropPath? dropPath, BackwardProgress? progress = null)
    {
        var features = MultiCrop.Forward(crops, (batch, pass) => _backbone.Forward(batch, dropPath is { } key ? key with { Pass = pass } : null, progress));
        return (features, _head.Forward(progress?.Mark(features, shape.Depth) ?? features));
    }

    public void Dispose() => _backbone.Dispose();
}
