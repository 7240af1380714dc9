using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using static TorchSharp.torch;

namespace Lockstep.Models.Heads;

/// <summary>
/// DINO's projection head: an MLP to a bottleneck, L2 norm, then prototypes with normalised weights. Logits are cosines
/// when the prototypes' lengths are frozen at 1. From the norm on it is float32 in any precision: logits are divided by
/// temperatures of 0.04, where bfloat16's steps would be a tenth of a probability.
/// </summary>
public sealed class DinoHead
{
    private readonly Linear[] _mlp;
    private readonly BatchNorm[] _norms; // behind every hidden layer; none without UseBnInHead
    private readonly Tensor _weightG, _weightV; // [K, 1], [K, bottleneck]

    public DinoHead(IParameterSource source, string prefix, int inputs, DinoOptions options)
    {
        // Places in the original's Sequential: linear, batch norm if wanted, GELU, and so on. A single layer is no Sequential.
        var (places, last) = (options.UseBnInHead ? 3 : 2, options.HeadLayers - 1);
        var (mlp, norms) = (new List<Linear>(), new List<BatchNorm>());
        for (var i = 0; i <= last; i++)
        {
            var name = last == 0 ? $"{prefix}mlp" : $"{prefix}mlp.{places * i}";
            mlp.Add(new Linear(source, name, i == 0 ? inputs : options.HiddenDim, i == last ? options.BottleneckDim : options.HiddenDim));
            if (options.UseBnInHead && i < last) norms.Add(new BatchNorm(source, $"{prefix}mlp.{places * i + 1}", options.HiddenDim));
        }
        (_mlp, _norms) = ([.. mlp], [.. norms]);
        _weightG = source.Get($"{prefix}last_layer.weight_g", [options.OutDim, 1], Init.Ones, trainable: !options.NormLastLayer);
        _weightV = source.Get($"{prefix}last_layer.weight_v", [options.OutDim, options.BottleneckDim], Init.Uniform(options.BottleneckDim));
    }

    /// <summary>Features to logits: [B, D] to [B, K].</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _mlp.Length - 1; i++)
        {
            var hidden = _mlp[i].Forward(x);                                 // [B, hidden]
            x = nn.functional.gelu(_norms.Length == 0 ? hidden : _norms[i].Forward(hidden));
        }
        x = Precision.Exact(_mlp[^1].Forward(x));                            // [B, bottleneck]
        var unit = nn.functional.normalize(x, 2, -1, 1e-12);                 // [B, bottleneck]
        var prototypes = _weightV * (_weightG / _weightV.norm(1, true));     // [K, bottleneck], weight normalisation
        return nn.functional.linear(unit, prototypes).MoveToOuterDisposeScope();
    }
}
