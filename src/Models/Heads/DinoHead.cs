using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using static TorchSharp.torch;

namespace Lockstep.Models.Heads;

/// <summary>
/// DINO's projection head: an MLP to a bottleneck, L2 norm, then prototypes with normalised weights. Logits are cosines
/// when the prototypes' lengths are frozen at 1.
/// </summary>
public sealed class DinoHead
{
    private readonly Linear[] _mlp;
    private readonly Tensor _weightG, _weightV; // [K, 1], [K, bottleneck]

    public DinoHead(IParameterSource source, string prefix, int inputs, DinoOptions options)
    {
        _mlp = [.. Enumerable.Range(0, options.HeadLayers).Select(i => new Linear(
            source,
            options.HeadLayers == 1 ? $"{prefix}mlp" : $"{prefix}mlp.{2 * i}", // odd places hold the GELUs
            i == 0 ? inputs : options.HiddenDim,
            i == options.HeadLayers - 1 ? options.BottleneckDim : options.HiddenDim))];
        _weightG = source.Get($"{prefix}last_layer.weight_g", [options.OutDim, 1], Init.Ones, trainable: !options.NormLastLayer);
        _weightV = source.Get($"{prefix}last_layer.weight_v", [options.OutDim, options.BottleneckDim], Init.Uniform(options.BottleneckDim));
    }

    /// <summary>Features to logits: [B, D] to [B, K].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _mlp.Length; i++)
            x = _mlp[i].Forward(i == 0 ? x : nn.functional.gelu(x));
        var unit = nn.functional.normalize(x, 2, -1, 1e-12);                 // [B, bottleneck]
        var prototypes = _weightV * (_weightG / _weightV.norm(1, true));     // [K, bottleneck], weight normalisation
        return nn.functional.linear(unit, prototypes).MoveToOuterDisposeScope();
    }
}
