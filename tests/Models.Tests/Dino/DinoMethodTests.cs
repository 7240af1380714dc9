using Lockstep.Models.Dino;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>The law: a step is a pure function of (state, recipe, step).</summary>
public sealed class DinoMethodTests
{
    [Fact]
    public void Compute_Twice_GivesTheSameBits()
    {
        var (method, state) = TinyRun.Start(dropPath: 0.3);
        using var _ = state;
        using var lane = method.CreateLane(state);
        Assert.Equal(Bits(method, lane, 0), Bits(method, lane, 0));
    }

    [Fact]
    public void Compute_InAnotherLaneAfterOtherWork_GivesTheSameBits()
    {
        var (method, state) = TinyRun.Start(dropPath: 0.3);
        using var _ = state;
        using var one = method.CreateLane(state);
        using var two = method.CreateLane(state);
        Bits(method, two, 7);
        Assert.Equal(Bits(method, one, 3), Bits(method, two, 3));
    }

    [Fact]
    public async Task Compute_InTwoThreadsAtOnce_GivesTheSameBits()
    {
        var (method, state) = TinyRun.Start(dropPath: 0.3);
        using var _ = state;
        using var one = method.CreateLane(state);
        using var two = method.CreateLane(state);
        var alone = Enumerable.Range(0, 4).Select(m => Bits(method, one, m)).ToArray();

        var first = Task.Factory.StartNew(() => Enumerable.Range(0, 4).Select(m => Bits(method, one, m)).ToArray(), TaskCreationOptions.LongRunning);
        var second = Task.Factory.StartNew(() => Enumerable.Range(0, 4).Select(m => Bits(method, two, m)).ToArray(), TaskCreationOptions.LongRunning);
        await Task.WhenAll(first, second);

        for (var m = 0; m < 4; m++)
        {
            Assert.Equal(alone[m], (await first)[m]);
            Assert.Equal(alone[m], (await second)[m]);
        }
    }

    [Fact]
    public void Compute_OtherMicrobatchOrStep_DropsOtherPaths()
    {
        var (method, state) = TinyRun.Start(dropPath: 0.5);
        using var _ = state;
        using var lane = method.CreateLane(state);
        var views = Bits(method, lane, 0, key: 1);
        Assert.NotEqual(views, Bits(method, lane, 1, key: 1));
        state.Step = 1;
        Assert.NotEqual(views, Bits(method, lane, 0, key: 1));
    }

    [Fact]
    public void Compute_WithoutDropPath_DependsOnTheViewsOnly()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        Assert.Equal(Bits(method, lane, 0, key: 1), Bits(method, lane, 1, key: 1));
        Assert.NotEqual(Bits(method, lane, 0, key: 1), Bits(method, lane, 0, key: 2));
    }

    [Fact]
    public void Compute_LeavesTheStateAlone()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        var digest = state.Digest();
        Bits(method, lane, 0);
        Assert.Equal(digest, state.Digest());
    }

    [Fact]
    public void Everything_LeavesNoTensorsInTheCallersScope()
    {
        using var views = NewDisposeScope();
        var (method, state) = TinyRun.Start(dropPath: 0.2);
        using var _ = state;
        var images = TinyRun.NoiseViews(method, 3, 1);

        using var scope = NewDisposeScope();
        using (var lane = method.CreateLane(state))
        using (var extractor = method.CreateFeatureExtractor(state, DinoState.Teacher))
        {
            method.Apply(state, lane.Compute(images, 0));
            Assert.Equal(0, scope.DisposablesCount);
            extractor.Features(images[0]);
            extractor.Attention(images[0]);
            Assert.Equal(2, scope.DisposablesCount); // the results themselves
        }
        Assert.Equal(2, scope.DisposablesCount);
    }

    [Fact]
    public void Compute_WrongNumberOfViews_SaysBoth()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        Assert.Contains("3 views", Assert.Throws<ArgumentException>(() => lane.Compute(TinyRun.NoiseViews(method, 1, 1)[..3], 0)).Message);
    }

    [Fact]
    public void TwoRuns_ThreeSteps_EndInOneDigest()
    {
        string Run()
        {
            var (method, state) = TinyRun.Start(microbatches: 2, dropPath: 0.2);
            using var _ = state;
            using var lane = method.CreateLane(state);
            for (var s = 0; s < 3; s++) Step(method, state, lane);
            return state.Digest();
        }
        Assert.Equal(Run(), Run());
    }

    [Theory]
    [InlineData(DinoState.Loss, float.NaN)]
    [InlineData(DinoState.CenterSum, float.PositiveInfinity)]
    [InlineData("backbone.blocks.1.mlp.fc1.weight", float.NaN)]
    [InlineData("head.mlp.0.bias", float.NegativeInfinity)]
    public void Apply_NotFinite_LeavesTheStateAlone(string where, float value)
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        using var sum = TinyRun.Sum(method, lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0));
        sum.SpanOf(where)[0] = value;
        var digest = state.Digest();
        Assert.False(method.Apply(state, sum).Finite);
        Assert.Equal(digest, state.Digest());
        Assert.Equal(0, state.Step);
    }

    [Fact]
    public void Apply_InTheFirstEpoch_KeepsTheLastLayer()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        const string v = "head.last_layer.weight_v";
        var before = state["student"].SpanOf(v).ToArray();
        for (var s = 0; s < TinyRun.StepsPerEpoch; s++) Step(method, state, lane);
        Assert.Equal(before, state["student"].SpanOf(v).ToArray());
        Assert.All(state["exp_avg"].SpanOf(v).ToArray(), m => Assert.Equal(0, m));

        Step(method, state, lane);
        Assert.NotEqual(before, state["student"].SpanOf(v).ToArray());
        Assert.All(state["student"].SpanOf("head.last_layer.weight_g").ToArray(), g => Assert.Equal(1, g));
    }

    [Fact]
    public void Apply_TeacherIsTheAverageAndTheCentreMoves()
    {
        var (method, state) = TinyRun.Start(microbatches: 2);
        using var _ = state;
        using var lane = method.CreateLane(state);
        state.Step = 10; // past the warm-up's zero learning rate
        var teacher = state["teacher"].Span.ToArray();
        using var sum = TinyRun.Sum(method, lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0), lane.Compute(TinyRun.NoiseViews(method, 3, 1), 1));
        var centerSum = sum.SpanOf(DinoState.CenterSum).ToArray();
        var report = method.Apply(state, sum);

        var momentum = report.Values["teacher_momentum"];
        Assert.InRange(momentum, 0.9, 0.999);
        var expected = teacher.Select((t, i) => (float)(momentum * t + (1 - momentum) * state["student"].Span[i])).ToArray();
        Close.Assert(expected, state["teacher"].Span, 3e-7, "teacher");
        Close.Assert(centerSum.Select(c => 0.1f * c / 12).ToArray(), state["statistics"].SpanOf("center"), 1e-7, "centre");
        Assert.Equal(report.Loss - report.Values["teacher_entropy"], report.Values["kl"], 1e-5);
        Assert.InRange(report.Values["feature_std"], 0.0, 1.0);
        Assert.InRange(report.Values["prototype_entropy"], report.Values["teacher_entropy"] - 1e-5, Math.Log(64));
    }

    // Weights of 0 are left at -rate * gradient by SGD's first step, and all shares of the rate are powers of two: no rounding differs.
    [Fact]
    public void Apply_WithLayerDecay_MovesEachLayerByItsShareOfTheRate()
    {
        var (all, halved) = (MovedBy(1), MovedBy(0.5));
        foreach (var (name, moved) in all)
        {
            var share = name.StartsWith("backbone.blocks.1.", StringComparison.Ordinal) ? 0.5f
                : name.StartsWith("backbone.blocks.0.", StringComparison.Ordinal) ? 0.25f
                : name.StartsWith("backbone.norm.", StringComparison.Ordinal) || name.StartsWith("head.", StringComparison.Ordinal) ? 1
                : 0.125f;
            Assert.True(name == "head.last_layer.weight_g" || moved.All(m => m < 0), name); // its length is frozen
            Assert.Equal(moved.Select(m => share * m), halved[name]);
        }

        static Dictionary<string, float[]> MovedBy(double decay)
        {
            var (method, state) = TinyRun.Start(change: options => options with { Optim = options.Optim with { Optimizer = "sgd", LayerDecay = decay } });
            using var _ = state;
            using var sum = new FlatBuffer(method.Contribution);
            sum.Span.Fill(0.01f);
            state["student"].Span.Clear();
            method.Apply(state, sum, method.Schedule.At(10) with { UpdateCount = 1, LastLayerUpdateCount = 1 });
            return state["student"].Layout.Entries.ToDictionary(e => e.Name, e => state["student"].SpanOf(e.Name).ToArray());
        }
    }

    [Fact]
    public void Initialize_TeacherIsTheStudent_AndMomentsAreZero()
    {
        var (_, state) = TinyRun.Start();
        using var _1 = state;
        Assert.Equal(state["student"].Span.ToArray(), state["teacher"].Span.ToArray());
        Assert.All(state["exp_avg_sq"].Span.ToArray(), m => Assert.Equal(0, m));
    }

    [Fact]
    public void Contribution_BeginsWithTheStudentsLayout()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        foreach (var entry in state["student"].Layout.Entries)
            Assert.Equal(entry.Offset, method.Contribution[entry.Name].Offset);
    }

    [Fact]
    public void FeatureExtractor_UnknownSection_NamesTheKnownOnes()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        Assert.Contains("teacher", Assert.Throws<ArgumentException>(() => method.CreateFeatureExtractor(state, "exp_avg")).Message);
    }

    private static void Step(DinoMethod method, ReplicaState state, ILane lane)
    {
        using var scope = NewDisposeScope();
        var microbatches = method.Run.Microbatches;
        using var sum = new FlatBuffer(method.Contribution);
        for (var m = 0; m < microbatches; m++)
            sum.Tensor.add_(lane.Compute(TinyRun.NoiseViews(method, 3, (ulong)(state.Step * microbatches + m)), m).Tensor);
        Assert.True(method.Apply(state, sum).Finite);
    }

    private static float[] Bits(IPretrainingMethod method, ILane lane, int microbatch, ulong? key = null)
    {
        using var scope = NewDisposeScope();
        return lane.Compute(TinyRun.NoiseViews(method, 3, key ?? (ulong)microbatch), microbatch).Span.ToArray();
    }
}
