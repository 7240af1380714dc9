using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// ViT (Dosovitskiy et al. 2021) as in DINO's vision_transformer.py: class token, learned positions, pre-norm blocks,
/// final norm, no classifier. Any image whose sides are multiples of the patch goes in. Registers (Darcet et al. 2024, arXiv
/// 2309.16588) lie between class token and patches as in DINOv2: learned, without positions, and left out of every answer.
/// </summary>
public sealed class VisionTransformer : IBackbone
{
    private readonly PatchEmbed _patchEmbed;
    private readonly HeldGradients? _held;
    private readonly Tensor _classToken; // [1, 1, D]
    private readonly Tensor? _registers; // [1, R, D]
    private readonly PositionEmbedding _positions;
    private readonly Block[] _blocks;
    private readonly LayerNorm _norm;

    /// <param name="source">Where the parameters come from; asked in the order of the official state dict.</param>
    /// <param name="prefix">Put before every name, e.g. "backbone.".</param>
    /// <param name="shape">Architecture.</param>
    /// <param name="dropPathRate">Rate of the last block; block i of n has i / (n - 1) of it.</param>
    public VisionTransformer(IParameterSource source, string prefix, VitShape shape, double dropPathRate = 0)
    {
        (Shape, _held) = (shape, source.RecomputesBlocks);
        _classToken = source.Get($"{prefix}cls_token", [1, 1, shape.Dim], Init.TruncatedNormal(0.02));
        _positions = new PositionEmbedding(source, $"{prefix}pos_embed", shape.Grid, shape.Dim);
        if (shape.Registers > 0) _registers = source.Get($"{prefix}register_tokens", [1, shape.Registers, shape.Dim], Init.TruncatedNormal(1e-6));
        _patchEmbed = new PatchEmbed(source, $"{prefix}patch_embed", shape.PatchSize, shape.Dim);
        _blocks = [.. Enumerable.Range(0, shape.Depth).Select(i => new Block(
            source, $"{prefix}blocks.{i}", shape, i, DropPathRate(i, shape.Depth, dropPathRate)))];
        _norm = new LayerNorm(source, $"{prefix}norm", shape.Dim);
    }

    public VitShape Shape { get; }

    /// <summary>Drop-path rate of a block: linear from 0 in the first to <paramref name="last"/> in the last.</summary>
    public static double DropPathRate(int block, int depth, double last) => last * block / Math.Max(1, depth - 1);

    /// <summary>The class token after the final norm: [B, 3, H, W] to [B, D].</summary>
    /// <param name="images">Normalised images.</param>
    /// <param name="dropPath">Key of the stochastic depth; null runs every branch.</param>
    /// <param name="progress">Gets a mark before each block, at the stage of the block's index.</param>
    public Tensor Forward(Tensor images, DropPath? dropPath = null, BackwardProgress? progress = null)
    {
        using var scope = NewDisposeScope();
        var x = Run(Tokens(images), _blocks[..^1], dropPath, progress);
        x = BackwardProgress.Mark(progress, x, _blocks.Length - 1);
        var token = Run(_blocks[^1], x, dropPath, tokens: 1);                             // [B, 1, D]: nobody reads the patches
        return _norm.Forward(token).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Class token, registers and patches, the first and the last with their positions, before the first block: [B, 1 + R + N, D].</summary>
    public Tensor Tokens(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        if (height % Shape.PatchSize != 0 || width % Shape.PatchSize != 0)
            throw new ArgumentException($"an image of {height} x {width} cannot be cut into patches of {Shape.PatchSize} pixels", nameof(images));

        var patches = _patchEmbed.Forward(images);                                        // [B, N, D]
        var token = _classToken.expand(images.shape[0], 1, Shape.Dim);                    // [B, 1, D]
        var positions = _positions.For((int)height / Shape.PatchSize, (int)width / Shape.PatchSize);
        var placed = cat([token, patches], 1).Plus(positions);                            // [B, 1 + N, D]
        return (_registers is null ? placed : WithRegisters(placed, _registers)).MoveToOuterDisposeScope();
    }

    /// <summary>Class token and patches behind the last <paramref name="count"/> blocks, each through the final norm: [B, 1 + N, D].</summary>
    public IReadOnlyList<Tensor> GetIntermediateLayers(Tensor images, int count)
    {
        using var scope = NewDisposeScope();
        var x = Tokens(images);
        var outputs = new List<Tensor>();
        for (var i = 0; i < _blocks.Length; i++)
        {
            x = _blocks[i].Forward(x, null);
            if (i >= _blocks.Length - count) outputs.Add(WithoutRegisters(_norm.Forward(x)).MoveToOuterDisposeScope());
        }
        return outputs;
    }

    /// <summary>Attention weights of the last block over class token, registers and patches: [B, heads, 1 + R + N, 1 + R + N].</summary>
    public Tensor GetLastSelfAttention(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = Run(Tokens(images), _blocks[..^1], null, null);
        return _blocks[^1].AttentionWeights(x).MoveToOuterDisposeScope();
    }

    public void Dispose() => _positions.Dispose();

    private Tensor Run(Tensor x, Block[] blocks, DropPath? dropPath, BackwardProgress? progress)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            x = BackwardProgress.Mark(progress, x, i);
            var next = Run(blocks[i], x, dropPath, x.shape[1]);
            x.Dispose(); // without gradients this frees the memory at once
            x = next;
        }
        return x;
    }

    private Tensor Run(Block block, Tensor x, DropPath? dropPath, long tokens) => _held is { } held
        ? Recomputed.Run(input => block.Forward(input, dropPath, tokens), x, held)
        : block.Forward(x, dropPath, tokens);

    private static Tensor WithRegisters(Tensor x, Tensor registers) => cat(
        [x.narrow(1, 0, 1), registers.expand(x.shape[0], registers.shape[1], registers.shape[2]), x.narrow(1, 1, x.shape[1] - 1)], 1);

    private Tensor WithoutRegisters(Tensor x) => Shape.Registers == 0
        ? x
        : cat([x.narrow(1, 0, 1), x.narrow(1, 1 + Shape.Registers, x.shape[1] - 1 - Shape.Registers)], 1);
}
