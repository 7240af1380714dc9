using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>Pre-norm transformer block: x + attention(norm(x)), then x + mlp(norm(x)), both behind drop path. x itself is float32 in any precision.</summary>
public sealed class Block
{
    private readonly int _index;
    private readonly double _dropPathRate;
    private readonly LayerNorm _norm1, _norm2;
    private readonly Attention _attention;
    private readonly Linear _fc1, _fc2;

    public Block(IParameterSource source, string name, VitShape shape, int index, double dropPathRate)
    {
        (_index, _dropPathRate) = (index, dropPathRate);
        _norm1 = new LayerNorm(source, $"{name}.norm1", shape.Dim);
        _attention = new Attention(source, $"{name}.attn", shape.Dim, shape.Heads);
        _norm2 = new LayerNorm(source, $"{name}.norm2", shape.Dim);
        _fc1 = new Linear(source, $"{name}.mlp.fc1", shape.Dim, shape.HiddenDim);
        _fc2 = new Linear(source, $"{name}.mlp.fc2", shape.HiddenDim, shape.Dim);
    }

    /// <summary>[B, N, D] to [B, N, D]. Handles of inner tensors are released here: autograd keeps what backward needs.</summary>
    public Tensor Forward(Tensor x, DropPath? dropPath) => Forward(x, dropPath, x.shape[1]);

    /// <summary>Only the first <paramref name="tokens"/> tokens of the output, at their share of the cost: [B, tokens, D].</summary>
    public Tensor Forward(Tensor x, DropPath? dropPath, long tokens)
    {
        using var scope = NewDisposeScope();
        var attended = x.narrow(1, 0, tokens).Plus(Drop(_attention.Forward(_norm1.Forward(x), tokens), dropPath, 0));
        var hidden = nn.functional.gelu(_fc1.Forward(_norm2.Forward(attended)));                // [B, tokens, hidden], exact (erf) GELU
        return attended.Plus(Drop(_fc2.Forward(hidden), dropPath, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>The softmax weights of this block's attention: [B, heads, N, N].</summary>
    public Tensor AttentionWeights(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _attention.Weights(_attention.Split(_norm1.Forward(x)), x.shape[1]).MoveToOuterDisposeScope();
    }

    private Tensor Drop(Tensor branch, DropPath? dropPath, int part) =>
        dropPath?.Apply(branch, _dropPathRate, 2 * _index + part) ?? branch;
}
