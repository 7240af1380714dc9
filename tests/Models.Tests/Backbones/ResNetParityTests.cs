using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>
/// Against torchvision's ResNet, in evaluation and in training: outputs, gradients, running statistics. Tolerance 1e-5 of
/// a tensor's largest value: the same libtorch operators on the same numbers, on a processor whose convolution kernels may
/// sum in another order; gradients 1e-4 of theirs.
/// </summary>
/// <remarks>
/// Gradients of all 50 layers in training, at a batch of 4, are compared by their distance, 1e-2 of their length: ReLUs that
/// sit at 0 to rounding fall to either side, and the golden numbers are themselves up to 6e-3 from those in float64.
/// </remarks>
public sealed class ResNetParityTests
{
    private const double Forward = 1e-5, Backward = 1e-4, GradientFloor = 1e-3, Deep = 1e-2;

    [Fact]
    public void TwoStages_EqualTheOriginal()
    {
        using var scope = NewDisposeScope();
        using var golden = new Fixture("resnet_two_stages");
        var shape = new ResNetShape(ImageSize: 32, Blocks: [1, 1], WidthPerGroup: 4);
        using var net = new GoldenNetwork<ResNet>(source => new ResNet(source, "", shape), name => golden.Values($"weights.{name}"));
        Assert.Equal(golden.Under("weights.").Order(StringComparer.Ordinal), net.Weights.Layout.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var entry in net.Weights.Layout.Entries) Assert.Equal(golden.Shape($"weights.{entry.Name}"), entry.Shape);

        var images = golden.Tensor("in.x");
        using (no_grad()) Near(golden, "eval.out", net.Evaluation.GetLayers(images)[1]);
        var output = net.Training.GetLayers(images)[1];                                    // [2, 512, 4, 4]
        Near(golden, "train.out", output);
        (output * golden.Tensor("in.grad_out")).sum().backward();
        AssertGradients(golden, net);
        AssertStatistics(golden, net);
    }

    [Fact]
    public void ResNet50_EqualsTheOriginal()
    {
        using var scope = NewDisposeScope();
        using var golden = new Fixture("resnet50");
        var formula = new ResNetFormula(golden);
        var shapes = ShapesOf(ResNetShape.ResNet50(64));
        using var net = new GoldenNetwork<ResNet>(source => new ResNet(source, "", ResNetShape.ResNet50(64)), name => formula.Values(name, shapes[name]));
        foreach (var name in golden.Under("weights_check.").Where(shapes.ContainsKey))
            Assert.Equal(golden.Values($"weights_check.{name}"), net.Weights.SpanOf(name)[..16].ToArray());
        var classifier = tensor(formula.Values("fc.weight", [1000, 2048])).reshape(1000, 2048);
        var bias = tensor(formula.Values("fc.bias", [1000]));

        var images = golden.Tensor("in.x");
        using (no_grad())
        {
            AssertMaps(golden, "eval", net.Evaluation, images);
            var pooled = net.Evaluation.Forward(images);                                   // [4, 2048]
            Near(golden, "eval.features2048", pooled);
            Near(golden, "eval.out", nn.functional.linear(pooled, classifier, bias));
            Near(golden, "eval.layer1.sample0", net.Evaluation.GetLayers(images)[0][0].narrow(0, 0, 16));
        }
        var features = net.Training.Forward(images);
        Near(golden, "train.features2048", features);
        var output = nn.functional.linear(features, classifier, bias);                     // [4, 1000]
        Near(golden, "train.out", output);
        (output * golden.Tensor("in.grad_out")).sum().backward();
        foreach (var name in golden.Under("grad_norm.").Where(net.Gradients.Layout.Contains))
        {
            var (expected, gradient) = (golden.Scalar($"grad_norm.{name}"), net.Gradients.View(name));
            Assert.Equal(expected, gradient.norm().item<float>(), expected * Deep);
            if (golden.Has($"grad.{name}"))
                Assert.InRange((gradient - golden.Tensor($"grad.{name}")).norm().item<float>(), 0, expected * Deep);
        }
        AssertStatistics(golden, net);
        using (no_grad()) AssertMaps(golden, "train", net.Training, images);                // moves the statistics once more, so last
    }

    [Theory] // channels double and sides halve with each layer, rounded up
    [InlineData(64, 64)]
    [InlineData(40, 72)]
    [InlineData(33, 32)]
    public void Layers_AnySize_HaveTheirShapes(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var net = new GoldenNetwork<ResNet>(source => new ResNet(source, "", new ResNetShape(32, [1, 2, 1, 1], WidthPerGroup: 2)), _ => []);
        var maps = net.Evaluation.GetLayers(zeros([2, 3, height, width]));
        for (var layer = 0; layer < 4; layer++)
            Assert.Equal([2L, 256 << layer, (height + (4 << layer) - 1) / (4 << layer), (width + (4 << layer) - 1) / (4 << layer)], maps[layer].shape);
        Assert.Equal([2L, 2048], net.Evaluation.Forward(zeros([2, 3, height, width])).shape);
    }

    [Fact]
    public void SmallImages_HalveThreeTimes_AndHaveTheCountOfThePaper()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var net = new GoldenNetwork<ResNet>(source => new ResNet(source, "", ResNetShape.Small(32, dim: 4, depth: 1)), _ => []);
        var maps = net.Evaluation.GetLayers(zeros([2, 3, 32, 32]));
        Assert.Equal(3, maps.Count);
        for (var layer = 0; layer < 3; layer++) Assert.Equal([2L, 4 << layer, 16 >> layer, 16 >> layer], maps[layer].shape);

        var recorder = new LayoutRecorder();
        using (new ResNet(recorder, "", ResNetShape.Small(32, dim: 16, depth: 9))) { }
        // ResNet-56, 0.85 million: 853,018 with a classifier of 650 and shortcuts without weights; ours have 16 * 32 + 32 * 64 and norms of 2 * (32 + 64).
        Assert.Equal(853_018 - 650 + 2_560 + 192, recorder.ParameterLayout.Entries.Sum(e => e.Length));
    }

    private static void AssertMaps(Fixture golden, string mode, ResNet net, Tensor images)
    {
        Near(golden, $"{mode}.mean.maxpool", net.Stem(images).mean([2, 3]));
        var maps = net.GetLayers(images);
        for (var layer = 0; layer < 4; layer++) Near(golden, $"{mode}.mean.layer{layer + 1}", maps[layer].mean([2, 3]));
    }

    private static void AssertGradients(Fixture golden, GoldenNetwork<ResNet> net)
    {
        foreach (var name in golden.Under("grad.").Where(net.Gradients.Layout.Contains))
            Close.AssertRelative(golden.Values($"grad.{name}"), net.Gradients.SpanOf(name), Backward, GradientFloor, $"gradient of {name}");
    }

    private static void AssertStatistics(Fixture golden, GoldenNetwork<ResNet> net)
    {
        foreach (var name in golden.Under("after_train."))
            Close.Assert(golden.Values($"after_train.{name}"), net.Statistics.SpanOf(name), Forward, name);
    }

    private static Dictionary<string, IReadOnlyList<long>> ShapesOf(ResNetShape shape)
    {
        var recorder = new LayoutRecorder();
        using (new ResNet(recorder, "", shape)) { }
        return recorder.Layout.Entries.ToDictionary(e => e.Name, e => e.Shape);
    }

    private static void Near(Fixture golden, string name, Tensor actual) => Close.Assert(golden.Values(name), actual, Forward, name);
}
