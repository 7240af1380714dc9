using Lockstep.Models.Backbones;
using Lockstep.Models.Heads;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>Backbone and head: the student, and with other weights and no drop path the teacher.</summary>
public sealed class DinoNetwork(IParameterSource source, IBackboneShape shape, DinoOptions options, double dropPathRate) : IDisposable
{
    private const string Backbone = "backbone.", Head = "head.";
    private readonly int _headStage = shape.Stages.Count;
    private readonly IBackbone _backbone = shape.Build(source, Backbone, dropPathRate);
    private readonly DinoHead _head = new(source, Head, shape.FeatureDim, options);

    /// <summary>Prefixes of the parameters of each stage that <see cref="Forward"/> marks: the backbone's, then the head.</summary>
    public static IReadOnlyList<string> Stages(IBackboneShape shape) => [.. shape.Stages.Select(stage => Backbone + stage), Head];

    /// <summary>Passes of one microbatch through the layer of a name: the head runs once, the backbone once a crop size.</summary>
    public static int PassesThrough(string name, IReadOnlyList<int> cropSizes) =>
        name.StartsWith(Head, StringComparison.Ordinal) ? 1 : MultiCrop.Passes(cropSizes);

    /// <summary>V crops [B, 3, S, S] to features [V * B, D] and logits [V * B, K], view-major.</summary>
    /// <param name="crops">The views.</param>
    /// <param name="dropPath">Key of the stochastic depth; null runs every branch.</param>
    /// <param name="progress">Gets a mark at the input of each stage, in every pass.</param>
    public (Tensor Features, Tensor Logits) Forward(IReadOnlyList<Tensor> crops, DropPath? dropPath, BackwardProgress? progress = null)
    {
        var features = MultiCrop.Forward(crops, (batch, pass) => _backbone.Forward(batch, dropPath is { } key ? key with { Pass = pass } : null, progress));
        return (features, _head.Forward(progress?.Mark(features, _headStage) ?? features));
    }

    public void Dispose() => _backbone.Dispose();
}
