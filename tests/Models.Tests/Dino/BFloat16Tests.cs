using System.Numerics.Tensors;
using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>Model:Compute=bfloat16 keeps the law, and float32 masters.</summary>
public sealed class BFloat16Tests
{
    [Theory]
    [InlineData("vit")]
    [InlineData("resnet")]
    public void Step_LanesThreadsAndPartitions_GiveTheSameBits(string backbone)
    {
        var (method, state) = Start(backbone, microbatches: 4);
        using var _ = state;
        using var one = method.CreateLane(state);
        using var two = method.CreateLane(state);
        var alone = Enumerable.Range(0, 4).Select(m => Bits(method, one, m)).ToArray();
        var beside = new float[4][];
        var threads = new[] { (one, 0), (two, 1) }.Select(l => new Thread(() =>
        {
            for (var m = 3 - l.Item2; m >= 0; m -= 2) beside[m] = Bits(method, l.Item1, m);
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        for (var m = 0; m < 4; m++) Assert.Equal(alone[m], beside[m]);

        var whole = TreeSum.Of(alone, 4);
        Assert.Equal(whole, TreeSum.Of(beside, 1, 2, 1));
        Assert.Equal(whole, TreeSum.Of(beside, 3, 1));
        Assert.NotEqual(whole, TreeSum.Of(Float32Bits(backbone), 4));
    }

    [Fact]
    public void Apply_KeepsWhatBFloat16WouldLose()
    {
        var (method, state) = Start("vit", microbatches: 1);
        using var _ = state;
        state.Step = 10;
        using var lane = method.CreateLane(state);
        var before = state["student"].Span.ToArray();
        using (NewDisposeScope()) method.Apply(state, lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0));
        using var rounded = state["student"].Tensor.bfloat16().to(ScalarType.Float32);
        Assert.NotEqual(rounded.data<float>().ToArray(), state["student"].Span.ToArray());
        Assert.NotEqual(before, state["student"].Span.ToArray());
        foreach (var (section, _) in state.Layout.Sections) Assert.Equal(ScalarType.Float32, state[section].Tensor.dtype);
    }

    /// <summary>
    /// Against the golden step in float32 (dino_step_adamw). bfloat16 keeps 8 bits: the loss is off by 0.2 %, all gradients together by
    /// 1.3 % of their length (asserted: 0.5 and 3 %), and each points where it should.
    /// </summary>
    [Fact]
    public void GoldenStep_LossAndGradients_AreNearFloat32()
    {
        using var golden = new Fixture("dino_step_adamw");
        var (method, state) = GoldenSteps.Start(golden, change: Compute("bfloat16"));
        using var _ = state;
        using var lane = method.CreateLane(state);
        using var scope = NewDisposeScope();
        state.Step = GoldenSteps.Iterations[0];
        var contribution = lane.Compute(GoldenSteps.Crops(golden, golden, 0), 0);
        var expected = golden.Scalar("step0.loss");
        Record($"loss {contribution.SpanOf(DinoState.Loss)[0]} of {expected}");
        Assert.InRange(contribution.SpanOf(DinoState.Loss)[0], expected * 0.995, expected * 1.005);

        var (all, off) = (0.0, 0.0);
        foreach (var name in golden.Under("step0.grad."))
        {
            var (truth, actual) = (golden.Values($"step0.grad.{name}"), contribution.SpanOf(name).ToArray());
            var (cosine, norm) = (TensorPrimitives.CosineSimilarity<float>(truth, actual), TensorPrimitives.Norm<float>(truth));
            all += norm * norm;
            off += Math.Pow(TensorPrimitives.Distance<float>(truth, actual), 2);
            Record($"{name}: cosine {cosine:f5}, deviation {TensorPrimitives.Distance<float>(truth, actual) / norm:e2} of {norm:e2}");
            Assert.True(cosine > 0.998, $"{name}: cosine {cosine}");
        }
        Record($"all gradients: deviation {Math.Sqrt(off / all):e2}");
        Assert.InRange(Math.Sqrt(off / all), 1e-4, 0.03);
    }

    private static Func<MethodOptions, MethodOptions> Compute(string compute) => options => options with { Model = options.Model with { Compute = compute } };

    private static (DinoMethod Method, ReplicaState State) Start(string backbone, int microbatches, string compute = "bfloat16") => TinyRun.Start(
        microbatches, dropPath: backbone == "vit" ? 0.3 : 0, change: Compute(compute),
        shape: backbone == "vit" ? null : new ResNetShape(ImageSize: 32, Blocks: [1, 1], WidthPerGroup: 4));

    private static float[][] Float32Bits(string backbone)
    {
        var (method, state) = Start(backbone, 4, "float32");
        using var _ = state;
        using var lane = method.CreateLane(state);
        return [.. Enumerable.Range(0, 4).Select(m => Bits(method, lane, m))];
    }

    private static float[] Bits(IPretrainingMethod method, ILane lane, int microbatch)
    {
        using var scope = NewDisposeScope();
        return lane.Compute(TinyRun.NoiseViews(method, 3, (ulong)microbatch), microbatch).Span.ToArray();
    }

    private static void Record(FormattableString line) =>
        TestContext.Current.TestOutputHelper?.WriteLine(line.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
