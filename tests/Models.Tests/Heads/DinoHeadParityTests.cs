using Lockstep.Models.Heads;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Heads;

/// <summary>
/// Against DINO's own DINOHead. Tolerance 2e-6 of the largest value forward and 1e-5 backward: float32 roundings, since
/// weight normalisation is composed of elementary operations here.
/// </summary>
public sealed class DinoHeadParityTests
{
    [Theory]
    [InlineData("plain", 3, true, false)]
    [InlineData("free_g", 3, false, false)]
    [InlineData("bn", 3, true, true)]
    [InlineData("l1", 1, true, false)]
    [InlineData("l2", 2, true, false)]
    public void ForwardAndBackward_EqualTheOriginal(string variant, int layers, bool normLastLayer, bool batchNorm)
    {
        using var scope = NewDisposeScope();
        using var golden = new Fixture("dino_head");
        var options = TinyRun.Dino with { HeadLayers = layers, NormLastLayer = normLastLayer, UseBnInHead = batchNorm };
        using var net = new GoldenNetwork<DinoHead>(source => new DinoHead(source, "", 48, options), name => golden.Values($"{variant}.weights.{name}"));
        Assert.Equal(
            golden.Under($"{variant}.weights.").Where(n => !n.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            net.Weights.Layout.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));

        var x = golden.Tensor($"{variant}.in.x").requires_grad_();
        var output = net.Training.Forward(x);
        Close.Assert(golden.Values($"{variant}.out.train"), output, 2e-6, $"{variant} output");

        (output * golden.Tensor($"{variant}.in.grad_out")).sum().backward();
        Close.Assert(golden.Values($"{variant}.grad.x"), x.grad!, 1e-5, $"{variant} gradient of x");
        foreach (var parameter in net.Recorder.Parameters)
        {
            var key = $"{variant}.grad.{parameter.Name}";
            Assert.Equal(parameter.Trainable, golden.Has(key));
            var expected = parameter.Trainable ? golden.Values(key) : new float[net.Gradients.Layout[parameter.Name].Length];
            Close.Assert(expected, net.Gradients.SpanOf(parameter.Name), 1e-5, $"{variant} gradient of {parameter.Name}");
        }
    }

    [Fact]
    public void BatchNorm_EvaluationAndRunningStatistics_EqualTheOriginal()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var golden = new Fixture("dino_head");
        using var net = new GoldenNetwork<DinoHead>(source => new DinoHead(source, "", 48, TinyRun.Dino with { UseBnInHead = true }), name => golden.Values($"bn.weights.{name}"));
        var x = golden.Tensor("bn.in.x");
        Close.Assert(golden.Values("bn.out.eval"), net.Evaluation.Forward(x), 2e-6, "output in evaluation");
        net.Training.Forward(x);
        foreach (var entry in net.Statistics.Layout.Entries)
            Close.Assert(golden.Values($"bn.after_train.{entry.Name}"), net.Statistics.SpanOf(entry.Name), 2e-6, entry.Name);
    }
}
