using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

public sealed class KoLeoLossTests
{
    [Fact]
    public void Compute_PointsOnACircle_IsMinusTheMeanLogOfTheNearestDistance()
    {
        using var scope = NewDisposeScope();
        // Angles 0, 30, 90, 210 degrees; lengths play no part. Nearest angles: 30, 30, 60, 120. A chord of a is 2 sin(a / 2).
        var features = AtAngles([0, 30, 90, 210], [1, 2, 0.5, 3]);
        var expected = -new[] { 30.0, 30, 60, 120 }.Average(a => Math.Log(2 * Math.Sin(a * Math.PI / 360)));
        Assert.Equal(expected, KoLeoLoss.Compute(features).item<float>(), 1e-6);
    }

    [Fact]
    public void Compute_Gradient_IsTheDifferenceQuotient()
    {
        using var scope = NewDisposeScope();
        double[] angles = [0, 30, 90, 210], lengths = [1, 2, 0.5, 3];
        var features = AtAngles(angles, lengths).requires_grad_();
        KoLeoLoss.Compute(features).backward();
        for (var i = 0; i < 4; i++)
        {
            double Moved(double by) => KoLeoLoss.Compute(AtAngles([.. angles.Select((a, j) => j == i ? a + by : a)], lengths)).item<float>();
            var quotient = (Moved(1) - Moved(-1)) / (2 * Math.PI / 180);
            var tangent = new[] { -Math.Sin(angles[i] * Math.PI / 180), Math.Cos(angles[i] * Math.PI / 180) };
            var gradient = features.grad!.data<float>().ToArray()[(2 * i)..(2 * i + 2)];
            Assert.Equal(quotient, lengths[i] * (gradient[0] * tangent[0] + gradient[1] * tangent[1]), 2e-3); // float32 differences over 1 degree
        }
    }

    [Fact]
    public void Compute_EqualFeatures_IsFiniteWithAFiniteGradient()
    {
        using var scope = NewDisposeScope();
        var features = ones([3, 4]).requires_grad_();
        var loss = KoLeoLoss.Compute(features);
        loss.backward();
        Assert.True(float.IsFinite(loss.item<float>()));
        Assert.True(features.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Lane_WeighsItIntoTheGradient_AndReportsIt()
    {
        var (plain, _, _) = Compute(0);
        var (half, koleo, report) = Compute(0.5);
        var (whole, _, _) = Compute(1);
        Assert.Equal(koleo, report!.Values["koleo"], 1e-6);
        Assert.Equal(plain[DinoState.Loss][0], half[DinoState.Loss][0]); // the loss that is compared between runs
        foreach (var name in new[] { "backbone.cls_token", "backbone.blocks.0.attn.qkv.weight", "backbone.norm.weight" })
        {
            Assert.NotEqual(plain[name], half[name]);
            var expected = plain[name].Select((g, i) => g + 2 * (half[name][i] - g)).ToArray();
            Close.AssertRelative(expected, whole[name], 1e-4, 1e-3, name); // gradients are linear in the weight
        }
        Assert.Equal(plain["head.mlp.0.weight"], half["head.mlp.0.weight"]); // features before the head
    }

    [Fact]
    public void Rules_OneImageAMicrobatch_IsAnError()
    {
        var run = TinyRun.Shape(microbatch: 1);
        var options = TinyRun.Options(run);
        Assert.Empty(DinoRules.Errors(options, run));
        Assert.Contains("Dino:KoLeoWeight", Assert.Single(DinoRules.Errors(options with { Dino = options.Dino! with { KoLeoWeight = 0.1 } }, run)));
    }

    private static (Dictionary<string, float[]> Contribution, float KoLeo, StepReport? Report) Compute(double weight)
    {
        var (method, state) = TinyRun.Start(change: options => options with { Dino = options.Dino! with { KoLeoWeight = weight } });
        using var _ = state;
        using var lane = method.CreateLane(state);
        using var scope = NewDisposeScope();
        var contribution = lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0);
        Assert.Equal(weight > 0, contribution.Layout.Contains(DinoState.KoLeo));
        var values = contribution.Layout.Entries.ToDictionary(e => e.Name, e => contribution.SpanOf(e.Name).ToArray());
        return weight > 0 ? (values, values[DinoState.KoLeo][0], method.Apply(state, contribution)) : (values, 0, null);
    }

    private static Tensor AtAngles(double[] degrees, double[] lengths) => tensor(degrees.Zip(lengths).SelectMany(p =>
        new[] { (float)(p.Second * Math.Cos(p.First * Math.PI / 180)), (float)(p.Second * Math.Sin(p.First * Math.PI / 180)) }).ToArray()).reshape(-1, 2);
}
