using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>
/// Against DINO's own vision_transformer.py. Tolerance 2e-6 of the largest value, forward: a few float32 roundings
/// (patches by matrix product instead of convolution, position weights rounded once from double), and 1e-5 backward.
/// </summary>
public sealed class VisionTransformerParityTests : IDisposable
{
    private static readonly VitShape Shape = new(ImageSize: 32, PatchSize: 8, Dim: 48, Depth: 2, Heads: 3, MlpRatio: 4);
    private readonly GoldenVit _one = new("", Shape);
    private readonly Fixture _golden;
    private readonly FlatBuffer _weights, _gradients;
    private readonly VisionTransformer _vit;

    public VisionTransformerParityTests() => (_golden, _weights, _gradients, _vit) = (_one.Golden, _one.Weights, _one.Gradients, _one.Network);

    [Fact]
    public void Parameters_HaveTheOfficialNamesAndShapes()
    {
        Assert.Equal(_golden.Under("weights.").Order(StringComparer.Ordinal), _weights.Layout.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var entry in _weights.Layout.Entries) Assert.Equal(_golden.Shape($"weights.{entry.Name}"), entry.Shape);
    }

    [Theory]
    [InlineData("x32")]
    [InlineData("x16")]
    [InlineData("x48")]
    [InlineData("x24x40")]
    public void Forward_AnySize_EqualsTheOriginal(string size)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var images = _golden.Tensor($"in.{size}");
        Near($"out.tokens_after_pos.{size}", _vit.Tokens(images));
        Near($"out.cls.{size}", _vit.Forward(images));
        Near($"out.last_attn.{size}", _vit.GetLastSelfAttention(images));
        var layers = _vit.GetIntermediateLayers(images, 2);
        Near($"out.block0_normed.{size}", layers[0]);
        Near($"out.block1_normed.{size}", layers[1]);
        Assert.Equal(layers[1].data<float>().ToArray(), _vit.GetIntermediateLayers(images, 1).Single().data<float>().ToArray());
    }

    [Theory]
    [InlineData("x32")]
    [InlineData("x16")]
    [InlineData("x48")]
    [InlineData("x24x40")]
    public void PositionEmbedding_AnySize_EqualsTheOriginal(string size)
    {
        using var scope = NewDisposeScope();
        var shape = _golden.Shape($"in.{size}");
        using var binder = new ParameterBinder(_weights);
        using var positions = new PositionEmbedding(binder, "pos_embed", Shape.Grid, Shape.Dim);
        Near($"out.pos_embed.{size}", positions.For((int)shape[2] / 8, (int)shape[3] / 8));
    }

    [Fact] // gradients through resized positions: DinoStepParityTests
    public void Backward_EveryGradient_EqualsTheOriginal()
    {
        const string size = "x32";
        using var scope = NewDisposeScope();
        var output = _vit.Forward(_golden.Tensor($"in.{size}"));
        (output * _golden.Tensor($"in.grad_out.{size}")).sum().backward();
        foreach (var entry in _gradients.Layout.Entries)
            Close.Assert(_golden.Values($"grad.{size}.{entry.Name}"), _gradients.SpanOf(entry.Name), 1e-5, $"gradient of {entry.Name} at {size}");
    }

    [Fact]
    public void Backward_Twice_AddsInPlace()
    {
        using var scope = NewDisposeScope();
        _vit.Forward(_golden.Tensor("in.x16")).sum().backward();
        var once = _gradients.Span.ToArray();
        _vit.Forward(_golden.Tensor("in.x16")).sum().backward();
        Assert.Equal(once.Select(g => 2 * g), _gradients.Span.ToArray());
    }

    [Fact]
    public void FeatureExtractor_GivesClassTokenAndItsAttention()
    {
        using var scope = NewDisposeScope();
        var prefixed = new FlatBuffer(new FlatLayout(_weights.Layout.Entries.Select(e => ("backbone." + e.Name, e.Shape))));
        prefixed.Tensor.copy_(_weights.Tensor);
        using var extractor = new VitFeatureExtractor(prefixed, Shape);
        Near("out.cls.x48", extractor.Features(_golden.Tensor("in.x48")));

        var attention = extractor.Attention(_golden.Tensor("in.x24x40"));                 // [1, 3, 3, 5]
        Assert.Equal([1L, 3, 3, 5], attention.shape);
        var expected = _golden.Values("out.last_attn.x24x40").Chunk(16 * 16).SelectMany(head => head[1..16]).ToArray();
        Close.Assert(expected, attention, 2e-6, "attention of the class token");
        Assert.False(attention.requires_grad);
        prefixed.Dispose();
    }

    [Fact]
    public void Tokens_ImageNoMultipleOfThePatch_IsRejected()
    {
        using var images = zeros([1, 3, 30, 32]);
        Assert.Contains("30 x 32", Assert.Throws<ArgumentException>(() => _vit.Tokens(images)).Message);
    }

    public void Dispose() => _one.Dispose();

    private void Near(string name, Tensor actual) => Close.Assert(_golden.Values(name), actual, 2e-6, name);
}
