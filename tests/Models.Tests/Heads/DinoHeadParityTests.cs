using Lockstep.Models.Heads;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
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
    [InlineData("plain", 3, true)]
    [InlineData("free_g", 3, false)]
    [InlineData("l1", 1, true)]
    [InlineData("l2", 2, true)]
    public void ForwardAndBackward_EqualTheOriginal(string variant, int layers, bool normLastLayer)
    {
        using var scope = NewDisposeScope();
        using var golden = new Fixture("dino_head");
        var options = TinyRun.Dino with { HeadLayers = layers, NormLastLayer = normLastLayer };
        var recorder = new LayoutRecorder();
        _ = new DinoHead(recorder, "", 48, options);
        Assert.Equal(golden.Under($"{variant}.weights.").Order(StringComparer.Ordinal), recorder.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));

        using var weights = new FlatBuffer(recorder.Layout);
        using var gradients = new FlatBuffer(recorder.Layout);
        foreach (var parameter in recorder.Parameters)
            golden.Values($"{variant}.weights.{parameter.Name}").CopyTo(weights.SpanOf(parameter.Name));
        using var parameters = new ParameterBinder(weights, gradients);
        var head = new DinoHead(parameters, "", 48, options);

        var x = golden.Tensor($"{variant}.in.x").requires_grad_();
        var output = head.Forward(x);
        Close.Assert(golden.Values($"{variant}.out.train"), output, 2e-6, $"{variant} output");

        (output * golden.Tensor($"{variant}.in.grad_out")).sum().backward();
        Close.Assert(golden.Values($"{variant}.grad.x"), x.grad!, 1e-5, $"{variant} gradient of x");
        foreach (var parameter in recorder.Parameters)
        {
            var key = $"{variant}.grad.{parameter.Name}";
            Assert.Equal(parameter.Trainable, golden.Has(key));
            var expected = parameter.Trainable ? golden.Values(key) : new float[gradients.Layout[parameter.Name].Length];
            Close.Assert(expected, gradients.SpanOf(parameter.Name), 1e-5, $"{variant} gradient of {parameter.Name}");
        }
    }
}
