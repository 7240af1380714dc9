using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Multi-head self-attention: softmax(q kᵀ / √d) v, written out, since fused kernels differ between devices and versions. All
/// four products are in the source's precision, scale and softmax in float32.
/// </summary>
public sealed class Attention(IParameterSource source, string name, int dim, int heads)
{
    private readonly int _headDim = dim / heads;
    private readonly Precision _precision = source.Precision;
    private readonly Linear _qkv = new(source, $"{name}.qkv", dim, 3 * dim);
    private readonly Linear _proj = new(source, $"{name}.proj", dim, dim);

    /// <summary>What the first <paramref name="tokens"/> tokens gather from all: [B, N, D] to [B, tokens, D].</summary>
    public Tensor Forward(Tensor x, long tokens)
    {
        var qkv = Split(x);                                                   // [3, B, heads, N, d]
        var mixed = _precision.MatMul(Weights(qkv, tokens), qkv.select(0, 2)); // [B, heads, tokens, d]
        return _proj.Forward(mixed.transpose(1, 2).reshape(x.shape[0], tokens, x.shape[2]));
    }

    /// <summary>The attention weights of the first <paramref name="tokens"/> tokens: [B, heads, tokens, N], rows sum to 1.</summary>
    public Tensor Weights(Tensor qkv, long tokens)
    {
        var queries = qkv.select(0, 0).narrow(2, 0, tokens);                  // [B, heads, tokens, d]
        var scores = _precision.MatMul(queries, qkv.select(0, 1).transpose(-2, -1));
        return nn.functional.softmax(Precision.Exact(scores).Times(Math.Pow(_headDim, -0.5)), -1);
    }

    /// <summary>Queries, keys and values: [3, B, heads, N, d].</summary>
    public Tensor Split(Tensor x) =>
        _qkv.Forward(x).reshape(x.shape[0], x.shape[1], 3, heads, _headDim).permute(2, 0, 3, 1, 4);
}
