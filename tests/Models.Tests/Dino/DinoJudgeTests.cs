using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>What becomes of a step that is not finite: a function of state and sum, before anything is applied.</summary>
public sealed class DinoJudgeTests
{
    [Theory]
    [InlineData(DinoState.Loss, float.NaN)]
    [InlineData(DinoState.CenterSum, float.PositiveInfinity)]
    [InlineData("head.mlp.0.bias", float.NegativeInfinity)]
    [InlineData("backbone.blocks.1.mlp.fc1.weight", 2e15f)]
    [InlineData("backbone.blocks.1.mlp.fc1.weight", -2e15f)] // its square's sum over a tensor may overflow
    public void Judge_NotFinite_Stops_AndTouchesNothing(string where, float value)
    {
        var (method, state, sum) = Sum(0);
        using var _ = state;
        using var _1 = sum;
        Assert.Equal(StepVerdict.Apply, method.Judge(state, sum));
        sum.SpanOf(where)[0] = value;
        var (digest, sumDigest) = (state.Digest(), StateDigest.Of(sum));
        Assert.Equal(StepVerdict.Stop, method.Judge(state, sum));
        Assert.Equal((digest, sumDigest), (state.Digest(), StateDigest.Of(sum)));
        Assert.False(method.Apply(state, sum) is { Finite: true } or { IsSkipped: true });
    }

    [Fact]
    public void Apply_WithSkips_CountsTheStepAndLeavesTheRest_UntilThereAreTooMany()
    {
        var (method, state, sum) = Sum(skips: 2);
        using var _ = state;
        using var _1 = sum;
        var good = sum.Span.ToArray();
        var (student, centre) = (state[DinoState.Student].Span.ToArray(), state[DinoState.Statistics].SpanOf(DinoState.Center).ToArray());
        for (var skipped = 1; skipped <= 2; skipped++)
        {
            Spoil();
            Assert.Equal(StepVerdict.Skip, method.Judge(state, sum));
            var report = method.Apply(state, sum);
            Assert.True(report.IsSkipped);
            Assert.Equal("skipped", Assert.Single(report.Alarms).Kind);
            Assert.Contains($"{skipped} in a row of 2", report.Alarms[0].Text);
            Assert.Equal(skipped, state.Step);
            Assert.Equal(student, state[DinoState.Student].Span.ToArray());
            Assert.Equal(centre, state[DinoState.Statistics].SpanOf(DinoState.Center).ToArray());
        }
        Spoil();
        Assert.Equal(StepVerdict.Stop, method.Judge(state, sum));
        Assert.False(method.Apply(state, sum).IsSkipped);
        Assert.Equal(2, state.Step);

        // A step that is applied makes the count begin anew.
        good.CopyTo(sum.Span);
        Assert.True(method.Apply(state, sum).Finite);
        Spoil();
        Assert.Equal(StepVerdict.Skip, method.Judge(state, sum));

        void Spoil()
        {
            good.CopyTo(sum.Span);
            sum.SpanOf(DinoState.Loss)[0] = float.NaN;
        }
    }

    [Fact]
    public void State_OfARecipeThatSkipsNothing_IsAsItWas()
    {
        var (method, _) = TinyRun.Start();
        Assert.Equal([DinoState.Center], method.State.Sections.Single(s => s.Name == DinoState.Statistics).Layout.Entries.Select(e => e.Name));
    }

    [Fact]
    public void Skipped_IsPartOfTheDigest()
    {
        var (method, state, sum) = Sum(skips: 2);
        using var _ = state;
        using var _1 = sum;
        sum.SpanOf(DinoState.Loss)[0] = float.NaN;
        method.Apply(state, sum);
        var digest = state.Digest();
        state[DinoState.Statistics].SpanOf(DinoState.SkippedSteps)[0] = 0;
        Assert.NotEqual(digest, state.Digest());
    }

    [Fact]
    public void SkipNotFinite_Negative_IsRefusedByName() =>
        Assert.Contains("Optim:SkipNotFinite must be 0", Assert.Single(OptionErrors.Of(TinyRun.Options(TinyRun.Shape()).Optim with { SkipNotFinite = -1 })));

    [Fact]
    public void Examine_NamesTheImageWhosePixelsAreNotFinite_AndTheLossOfEachView()
    {
        using var scope = NewDisposeScope();
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var lane = method.CreateLane(state);
        var views = TinyRun.NoiseViews(method, 3, 1);
        var whole = lane.Examine(views, 0);
        Assert.Empty(whole.Rows);
        var loss = lane.Compute(views, 0).SpanOf(DinoState.Loss)[0];
        var byView = Enumerable.Range(0, 6).Select(v => whole.Numbers[$"loss_of_view_{v}"]).ToArray();
        Assert.Equal(loss, (byView[0] + byView[1] + 2 * byView[2..].Sum()) / 10, 1e-5); // 2V - 2 pairs, two for each local view

        views[3].bytes[(3 * 16 * 16 * 2 * 4)..].Fill(255); // NaN: the third image of a local view
        var seen = lane.Examine(views, 0);
        Assert.Equal([2], seen.Rows);
        Assert.Equal("loss_of_view_3", Assert.Single(seen.Numbers, n => n.Key.StartsWith("loss", StringComparison.Ordinal) && !double.IsFinite(n.Value)).Key);
    }

    private static (DinoMethod Method, ReplicaState State, FlatBuffer Sum) Sum(int skips)
    {
        var (method, state) = TinyRun.Start(change: options => options with { Optim = options.Optim with { SkipNotFinite = skips } });
        using var scope = NewDisposeScope();
        using var lane = method.CreateLane(state);
        return (method, state, TinyRun.Sum(method, lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0)));
    }
}
