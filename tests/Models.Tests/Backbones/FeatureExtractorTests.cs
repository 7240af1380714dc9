using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>What evaluation sees of a network, against what DINO's own vision_transformer.py gives of each block.</summary>
public sealed class FeatureExtractorTests : IDisposable
{
    private static readonly VitShape Shape = new(ImageSize: 32, PatchSize: 8, Dim: 48, Depth: 2, Heads: 3, MlpRatio: 4);
    private readonly Fixture _golden = new("dino_vit");
    private readonly FlatBuffer _weights;
    private readonly IFeatureExtractor _extractor;

    public FeatureExtractorTests()
    {
        var recorder = new LayoutRecorder();
        using (Shape.Build(recorder, "backbone.", dropPathRate: 0)) { }
        _weights = new FlatBuffer(recorder.Layout);
        foreach (var parameter in recorder.Parameters)
            _golden.Values($"weights.{parameter.Name["backbone.".Length..]}").CopyTo(_weights.SpanOf(parameter.Name));
        _extractor = Shape.BuildExtractor(_weights);
    }

    [Fact]
    public void ProbeFeatures_AreTheLastBlocksClassTokens()
    {
        using var scope = NewDisposeScope();
        var images = _golden.Tensor("in.x32");
        var (first, last) = (_golden.Tensor("out.block0_normed.x32"), _golden.Tensor("out.block1_normed.x32")); // [B, 1 + N, D]
        Near(cat([first.select(1, 0), last.select(1, 0)], 1), _extractor.ProbeFeatures(images, 2, patchMean: false));
        var mean = last.slice(1, 1, last.shape[1], 1).mean([1]);
        Near(cat([first.select(1, 0), last.select(1, 0), mean], 1), _extractor.ProbeFeatures(images, 2, patchMean: true));
        var alone = _extractor.ProbeFeatures(images, 1, patchMean: true);
        Near(last.select(1, 0), alone.slice(1, 0, alone.shape[1], 2));   // the original interleaves the two
        Near(mean, alone.slice(1, 1, alone.shape[1], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => _extractor.ProbeFeatures(images, 3, patchMean: false));
    }

    [Fact]
    public void PatchFeatures_AreThePatchTokensInTheirPlaces()
    {
        using var scope = NewDisposeScope();
        var images = _golden.Tensor("in.x24x40");
        var last = _golden.Tensor("out.block1_normed.x24x40");           // 3 x 5 patches
        var map = _extractor.PatchFeatures(images);
        Assert.Equal([images.shape[0], 48, 3, 5], map.shape);
        Near(last.select(1, 1 + 1 * 5 + 4), map.select(3, 4).select(2, 1));
    }

    [Fact]
    public void ResNet_HasPlacesButNoClassTokens()
    {
        using var scope = NewDisposeScope();
        var shape = new ResNetShape(64, [1, 1], WidthPerGroup: 4);
        var recorder = new LayoutRecorder();
        using (shape.Build(recorder, "backbone.", dropPathRate: 0)) { }
        using var weights = new FlatBuffer(recorder.Layout);
        recorder.Initialize(weights, seed: 0);
        using var extractor = shape.BuildExtractor(weights);
        var images = ones([2, 3, 64, 64]);
        var map = extractor.PatchFeatures(images);
        Assert.Equal([2, shape.FeatureDim, 8, 8], map.shape);
        Near(extractor.Features(images), map.mean([2, 3]));
        Assert.Equal(0, extractor.Blocks);
        Assert.Throws<NotSupportedException>(() => extractor.ProbeFeatures(images, 1, patchMean: false));
    }

    public void Dispose()
    {
        _extractor.Dispose();
        _weights.Dispose();
        _golden.Dispose();
    }

    // A few float32 roundings, as in VisionTransformerParityTests.
    private static void Near(Tensor expected, Tensor actual) =>
        Assert.True(actual.allclose(expected, rtol: 0, atol: 1e-5), $"differ by up to {(actual - expected).abs().max().item<float>()}");
}
