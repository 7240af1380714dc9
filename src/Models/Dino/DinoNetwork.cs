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

    /// <summary>V crops [B, 3, S, S] to features [V * B, D] and logits [V * B, K], view-major.</summary>
    public (Tensor Features, Tensor Logits) Forward(IReadOnlyList<Tensor> crops, DropPath? dropPath)
    {
        var features = MultiCrop.Forward(crops, (batch, pass) => _backbone.Forward(batch, dropPath is { } key ? key with { Pass = pass } : null));
        return (features, _head.Forward(features));
    }

    public void Dispose() => _backbone.Dispose();
}
