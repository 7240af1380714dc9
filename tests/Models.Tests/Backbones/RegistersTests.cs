using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Weights;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>Learned tokens beside the class token, over golden weights of a ViT without them.</summary>
public sealed class RegistersTests : IDisposable
{
    private const int Count = 3, Dim = 48;
    private static readonly VitShape Shape = new(ImageSize: 32, PatchSize: 8, Dim, Depth: 2, Heads: 3, MlpRatio: 4, Count);
    private readonly GoldenVit _one = new("backbone.", Shape);
    private readonly Fixture _golden;
    private readonly FlatBuffer _weights, _gradients;
    private readonly VisionTransformer _vit;

    public RegistersTests()
    {
        (_golden, _weights, _gradients, _vit) = (_one.Golden, _one.Weights, _one.Gradients, _one.Network);
        Assert.All(_weights.SpanOf("backbone.register_tokens").ToArray(), r => Assert.InRange(Math.Abs(r), 1e-12, 1e-5)); // DINOv2's 1e-6
        for (var i = 0; i < Count * Dim; i++) _weights.SpanOf("backbone.register_tokens")[i] = MathF.Sin(i * 12.9898f);
    }

    [Fact]
    public void Layout_HasThemBehindThePositions_UnderDinov2sName()
    {
        Assert.Equal(["backbone.cls_token", "backbone.pos_embed", "backbone.register_tokens", "backbone.patch_embed.proj.weight"], _weights.Layout.Entries.Take(4).Select(e => e.Name));
        Assert.Equal([1L, Count, Dim], _weights.Layout["backbone.register_tokens"].Shape);
    }

    [Fact]
    public void Tokens_HaveThemBehindTheClassToken_WithoutPositions()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var images = _golden.Tensor("in.x24x40");
        var tokens = _vit.Tokens(images);                                                 // [2, 1 + 3 + 15, 48]
        var (batch, expected) = (images.shape[0], _golden.Tensor("out.tokens_after_pos.x24x40"));
        Assert.Equal([batch, 1 + Count + 15, Dim], tokens.shape);
        Near(expected.narrow(1, 0, 1), tokens.narrow(1, 0, 1));
        Near(expected.narrow(1, 1, 15), tokens.narrow(1, 1 + Count, 15));
        for (var b = 0; b < batch; b++) Assert.Equal(_weights.SpanOf("backbone.register_tokens").ToArray(), Bits(tokens[b].narrow(0, 1, Count)));
    }

    [Fact]
    public void Answers_DependOnThem_ButNotOnTheirOrder_AndLeaveThemOut()
    {
        using var scope = NewDisposeScope();
        var images = _golden.Tensor("in.x24x40");
        using var extractor = new VitFeatureExtractor(_weights, Shape);
        var (before, attention) = (extractor.Features(images), extractor.Attention(images));
        Assert.Equal([images.shape[0], 3, 3, 5], attention.shape);
        Assert.All(attention.reshape(-1, 15).sum(dim: -1).data<float>().ToArray(), share => Assert.InRange(share, 0.1f, 0.999f)); // the rest lies on class token and registers
        Assert.Equal([images.shape[0], 3, 1 + Count + 15, 1 + Count + 15], _vit.GetLastSelfAttention(images).shape);
        Assert.All(_vit.GetIntermediateLayers(images, 2), layer => Assert.Equal([images.shape[0], 1 + 15, Dim], layer.shape));
        var patches = _vit.GetIntermediateLayers(images, 1)[0];
        Near(before, patches.select(1, 0));

        var registers = _weights.SpanOf("backbone.register_tokens");
        var (first, second) = (registers[..Dim].ToArray(), registers[Dim..(2 * Dim)].ToArray());
        second.CopyTo(registers);
        first.CopyTo(registers[Dim..]);
        Near(before, extractor.Features(images));
        Near(attention, extractor.Attention(images));
        Near(patches, _vit.GetIntermediateLayers(images, 1)[0]); // a register among them would have another place now
        registers[0] += 1;
        Assert.True((before - extractor.Features(images)).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void Backward_ReachesThem()
    {
        using var scope = NewDisposeScope();
        _vit.Forward(_golden.Tensor("in.x32")).sum().backward();
        Assert.DoesNotContain(0f, _gradients.SpanOf("backbone.register_tokens").ToArray());
    }

    [Fact]
    public void Weights_TellTheirNumber_AndFitNoOther()
    {
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, _weights.Layout.Entries.Select(e => new SafetensorsEntry(e.Name["backbone.".Length..], e.Shape, () => _weights.SpanOf(e.Name))));
        using var file = SafetensorsFile.Open(stream, "registers.safetensors");
        var network = NetworkWeights.Of(file, "teacher");
        var shape = Assert.IsType<VitShape>(BackboneWeights.ShapeOf(network, new BackboneHints(Heads: 3)));
        Assert.Equal(Shape, shape);
        Assert.Contains("3 registers", BackboneWeights.Describe(shape));
        var layout = BackboneWeights.LayoutOf(shape);
        using var loaded = new FlatBuffer(layout);
        WeightsMatch.Of(network, layout.Entries).ThrowIfUnfit().LoadInto(loaded);
        Assert.Equal(_weights.Span.ToArray(), loaded.Span.ToArray());

        var without = WeightsMatch.Of(network, BackboneWeights.LayoutOf(Shape with { Registers = 0 }).Entries);
        Assert.Contains("Model:Registers", Assert.Throws<InvalidDataException>(() => without.ThrowIfUnfit()).Message);
    }

    [Fact]
    public void Options_OfAResNet_AreAnError()
    {
        var model = new ModelOptions { Arch = "resnet50", ImageSize = 224, PatchSize = 16, DropPath = 0, Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4, Registers = 4 };
        Assert.Contains("Model:Registers is 4", Assert.Single(OptionErrors.Of(model)));
        Assert.Contains("Model:Compute must be", Assert.Single(OptionErrors.Of(model with { Registers = 0, Compute = "float16" })));
    }

    public void Dispose() => _one.Dispose();

    private static float[] Bits(Tensor x) => x.contiguous().data<float>().ToArray();

    private static void Near(Tensor expected, Tensor actual) => Close.Assert(Bits(expected.detach()), actual, 2e-6, "tokens");
}
