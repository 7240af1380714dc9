using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>Batch normalisation, in a small ResNet and in the head, under the law: a step stays a pure function.</summary>
public sealed class BatchNormTests
{
    private const int Microbatches = 4;
    private static readonly ResNetShape Backbone = new(ImageSize: 32, Blocks: [1, 1], WidthPerGroup: 4);

    [Fact]
    public void Sections_HoldRunningStatisticsUnderTheirNames_AndMomentsDoNot()
    {
        var (method, _) = Start(out var state);
        using var __ = state;
        foreach (var name in new[] { "backbone.bn1.running_mean", "backbone.layer2.0.downsample.1.running_var", "head.mlp.1.running_mean", "head.mlp.4.running_var" })
        {
            Assert.True(state["student"].Layout.Contains(name) && state["teacher"].Layout.Contains(name), name);
            Assert.False(state["exp_avg"].Layout.Contains(name), name);
            Assert.True(method.Contribution.Contains("stat.student." + name) && method.Contribution.Contains("stat.teacher." + name), name);
        }
        Assert.All(state["teacher"].SpanOf("head.mlp.1.running_var").ToArray(), variance => Assert.Equal(1, variance));
        foreach (var entry in state["exp_avg"].Layout.Entries) // one offset in every section and in the sum
            Assert.Equal((entry.Offset, entry.Offset), (state["student"].Layout[entry.Name].Offset, method.Contribution[entry.Name].Offset));
    }

    [Fact]
    public void Compute_LeavesStateAndScopeAlone_AndGivesTheSameBitsAgain()
    {
        var (method, lane) = Start(out var state);
        using var _ = state;
        using var __ = lane;
        using var views = NewDisposeScope();
        var images = TinyRun.NoiseViews(method, 3, 1);
        using var scope = NewDisposeScope();
        var digest = state.Digest();
        var bits = lane.Compute(images, 0).Span.ToArray();
        Assert.Equal(digest, state.Digest());
        Assert.Equal(bits, lane.Compute(images, 0).Span.ToArray());
        Assert.Equal(0, scope.DisposablesCount);
    }

    /// <summary>r ← 0.9 r + 0.1 m for each pass, m the mean over microbatches. Tolerance 1e-6: the sum is formed in another order.</summary>
    [Fact]
    public void Apply_RunningStatistics_FollowEveryPassInItsOrder()
    {
        var (method, lane) = Start(out var state);
        using var _ = state;
        using var __ = lane;
        Step(method, state, m => Bits(method, lane, state.Step, m), 4); // off their first values of 0 and 1
        var before = new[] { "student", "teacher" }.ToDictionary(s => s, s => state[s].Span.ToArray());
        var global = Moved(method, state, "student", views => views[..2]);
        var local = Moved(method, state, "student", views => views[2..]);
        var all = Moved(method, state, "student", views => views);
        var teacher = Moved(method, state, "teacher", views => views[..2]);

        Step(method, state, m => Bits(method, lane, state.Step, m), 4);

        foreach (var entry in teacher.Layout.Entries)
        {
            var (offset, head) = ((int)state["student"].Layout[entry.Name].Offset, entry.Name.StartsWith("head.", StringComparison.Ordinal));
            var expected = new float[entry.Length];
            for (var i = 0; i < expected.Length; i++)
            {
                var r = before["student"][offset + i];
                expected[i] = head
                    ? 0.9f * r + all.SpanOf(entry.Name)[i]
                    : 0.9f * (0.9f * r + global.SpanOf(entry.Name)[i]) + local.SpanOf(entry.Name)[i];
            }
            Close.AssertRelative(expected, state["student"].SpanOf(entry.Name), 1e-6, 0.1, $"student {entry.Name}");

            for (var i = 0; i < expected.Length; i++) expected[i] = 0.9f * before["teacher"][offset + i] + teacher.SpanOf(entry.Name)[i];
            Close.AssertRelative(expected, state["teacher"].SpanOf(entry.Name), 1e-6, 0.1, $"teacher {entry.Name}");
        }
    }

    [Fact]
    public async Task Steps_CutOverNodesAndLanesInAnyWay_EndInOneDigest()
    {
        var alone = await RunAsync(lanes: 1, Microbatches);
        Assert.Equal(alone, await RunAsync(lanes: 2, Microbatches));
        Assert.Equal(alone, await RunAsync(lanes: 2, 2, 2));
        Assert.Equal(alone, await RunAsync(lanes: 1, 1, 3));
        Assert.Equal(alone, await RunAsync(lanes: 2, 3, 1));
        Assert.Equal(alone, await RunAsync(lanes: 2, 1, 1, 2));
    }

    [Fact]
    public void Compute_WithSink_TellsTheStagesFromTheBackInTheSameBits()
    {
        var (method, lane) = Start(out var state);
        using var _ = state;
        using var __ = lane;
        using var scope = NewDisposeScope();
        var views = TinyRun.NoiseViews(method, 3, 1);
        var expected = lane.Compute(views, 0).Span.ToArray();
        var sink = new Recorder();
        Assert.Equal(expected, lane.Compute(views, 0, sink).Span.ToArray());
        var layout = method.Contribution;
        Assert.Equal(
            [layout[DinoState.CenterSum].Offset, layout["head.mlp.0.weight"].Offset, layout["backbone.layer2.0.conv1.weight"].Offset, layout["backbone.layer1.0.conv1.weight"].Offset, 0],
            sink.Told.Select(t => (long)t.Offset));
        foreach (var (offset, values) in sink.Told) Assert.Equal(expected[offset..(offset + values.Length)], values);
    }

    [Fact]
    public void Extractor_NormalisesByTheRunningStatistics_NotByTheBatch()
    {
        var (method, lane) = Start(out var state);
        using var _ = state;
        lane.Dispose();
        using var scope = NewDisposeScope();
        using var extractor = method.CreateFeatureExtractor(state, DinoState.Teacher);
        var images = TinyRun.NoiseViews(method, 3, 1)[0];
        var together = extractor.Features(images).data<float>().ToArray();
        Assert.Equal(3 * 512, together.Length);
        Close.Assert(together.AsSpan(0, 512), extractor.Features(images.narrow(0, 0, 1)), 1e-5, "one image alone"); // other kernels for another batch

        state["teacher"].SpanOf("backbone.layer2.0.bn3.running_mean").Fill(-1);
        Assert.NotEqual(together, extractor.Features(images).data<float>().ToArray());
        Assert.Contains("no attention", Assert.Throws<NotSupportedException>(() => extractor.Attention(images)).Message);
    }

    [Fact]
    public void Apply_StatisticsNotFinite_LeavesTheState()
    {
        var (method, lane) = Start(out var state);
        using var _ = state;
        using var __ = lane;
        var digest = state.Digest();
        using var sum = new FlatBuffer(method.Contribution);
        sum.SpanOf("stat.teacher.backbone.bn1.running_var")[3] = float.PositiveInfinity;
        Assert.False(method.Apply(state, sum).Finite);
        Assert.Equal(digest, state.Digest());
    }

    private static (DinoMethod Method, ILane Lane) Start(out ReplicaState state)
    {
        (var method, state) = TinyRun.Start(Microbatches, change: WithBatchNorm, shape: Backbone);
        return (method, method.CreateLane(state));
    }

    private static MethodOptions WithBatchNorm(MethodOptions options) => options with
    {
        Model = options.Model with { Arch = "resnet50", Dim = 0, Depth = 0, Heads = 0 },
        Dino = options.Dino! with { UseBnInHead = true },
    };

    // Mean over the microbatches of what the passes of some of a step's views make of zeros.
    private static FlatBuffer Moved(DinoMethod method, ReplicaState state, string section, Func<Tensor[], Tensor[]> views)
    {
        using var noGradients = no_grad();
        var recorder = new LayoutRecorder();
        var options = TinyRun.Dino with { UseBnInHead = true };
        using (new DinoNetwork(recorder, Backbone, options, 0)) { }
        var mean = new FlatBuffer(recorder.StatisticsLayout);
        for (var m = 0; m < Microbatches; m++)
        {
            using var scope = NewDisposeScope();
            using var passes = new FlatBuffer(recorder.StatisticsLayout);
            using var parameters = new ParameterBinder(state[section], null, passes);
            using var network = new DinoNetwork(parameters, Backbone, options, 0);
            network.Forward(views(TinyRun.NoiseViews(method, 3, Key(state.Step, m))), null);
            mean.Tensor.add_(passes.Tensor, 1.0 / Microbatches);
        }
        return mean;
    }

    private static async Task<string> RunAsync(int lanes, params int[] nodes)
    {
        var (method, first) = Start(out var state);
        using var _ = state;
        ILane[] all = [first, .. Enumerable.Range(1, lanes - 1).Select(_ => method.CreateLane(state))];
        for (var step = 0; step < 2; step++)
        {
            var contributions = new float[Microbatches][];
            var next = -1;
            await Task.WhenAll(all.Select(lane => Task.Factory.StartNew(
                () =>
                {
                    for (var m = Interlocked.Increment(ref next); m < Microbatches; m = Interlocked.Increment(ref next))
                        contributions[m] = Bits(method, lane, step, m);
                },
                TaskCreationOptions.LongRunning)));
            Step(method, state, m => contributions[m], nodes);
        }
        foreach (var lane in all) lane.Dispose();
        return state.Digest();
    }

    private static void Step(DinoMethod method, ReplicaState state, Func<int, float[]> contribution, params int[] nodes)
    {
        using var sum = new FlatBuffer(method.Contribution);
        TreeSum.Of([.. Enumerable.Range(0, Microbatches).Select(contribution)], nodes).CopyTo(sum.Span);
        Assert.True(method.Apply(state, sum).Finite);
    }

    private static float[] Bits(DinoMethod method, ILane lane, long step, int microbatch)
    {
        using var scope = NewDisposeScope();
        return lane.Compute(TinyRun.NoiseViews(method, 3, Key(step, microbatch)), microbatch).Span.ToArray();
    }

    private static ulong Key(long step, int microbatch) => (ulong)(step * Microbatches + microbatch);

    private sealed class Recorder : IContributionSink
    {
        public List<(int Offset, float[] Values)> Told { get; } = [];

        public void Final(ReadOnlySpan<float> contribution, int offset, int length) =>
            Told.Add((offset, contribution.Slice(offset, length).ToArray()));
    }
}
