using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

public sealed class TeacherAnswerTests
{
    /// <summary>As SwAV and DINOv2 write it, without logarithms and in double: exp, then prototypes and answers to equal sums, three times.</summary>
    [Fact]
    public void Balanced_EqualsTheIterationOnExponentials()
    {
        using var scope = NewDisposeScope();
        var (rows, prototypes) = (6, 5);
        var logits = Logits(rows, prototypes);
        var q = new double[rows, prototypes];
        for (var r = 0; r < rows; r++)
            for (var k = 0; k < prototypes; k++) q[r, k] = Math.Exp(logits[r, k].item<float>() / 0.07);
        for (var round = 0; round < 3; round++)
        {
            for (var k = 0; k < prototypes; k++) Scale(q, [.. Enumerable.Range(0, rows).Select(r => (r, k))], 1.0 / prototypes);
            for (var r = 0; r < rows; r++) Scale(q, [.. Enumerable.Range(0, prototypes).Select(k => (r, k))], 1.0 / rows);
        }
        var expected = q.Cast<double>().Select(v => (float)(v * rows)).ToArray();
        Close.Assert(expected, TeacherAnswer.Balanced(logits, 0.07).exp(), 2e-6, "q"); // a few float32 roundings of logarithms up to 40
    }

    [Fact]
    public void Balanced_AnswersSumToOne_AndPrototypesAreUsedEvenly()
    {
        using var scope = NewDisposeScope();
        var logits = Logits(64, 8) + tensor(new[] { 3f, 0, 0, 0, 0, 0, 0, 0 }); // all would answer the first
        var q = TeacherAnswer.Balanced(logits, 0.1).exp();
        Close.Assert(Enumerable.Repeat(1f, 64).ToArray(), q.sum(dim: -1), 1e-5, "sum of an answer");
        var shares = (q.sum(dim: 0) / 8).data<float>().ToArray(); // 1 where all are used alike
        Assert.All(shares, share => Assert.InRange(share, 0.5f, 2f));
        var centred = TeacherAnswer.Centred(logits, zeros([1, 8]), 0.1).exp();
        Assert.InRange((centred.sum(dim: 0) / 8)[0].item<float>(), 7.5f, 8f);
    }

    [Fact]
    public void Balanced_HugeLogits_StayFinite()
    {
        using var scope = NewDisposeScope();
        var q = TeacherAnswer.Balanced(Logits(6, 5) * 1000, 0.04).exp(); // exp(25,000 x) would be infinite
        Assert.True(q.isfinite().all().item<bool>());
        Close.Assert(Enumerable.Repeat(1f, 6).ToArray(), q.sum(dim: -1), 1e-5, "sum of an answer");
    }

    [Fact]
    public void Lane_WithSinkhorn_TeachesOtherAnswersUnderTheLaw()
    {
        float[] Compute(string centering)
        {
            var (method, state) = TinyRun.Start(microbatch: 4, change: options => options with { Dino = options.Dino! with { Centering = centering } });
            using var _ = state;
            using var lane = method.CreateLane(state);
            using var scope = NewDisposeScope();
            state["statistics"].SpanOf("center")[0] = 0.01f; // read by the mean alone
            var first = lane.Compute(TinyRun.NoiseViews(method, 4, 1), 0).Span.ToArray();
            Assert.Equal(first, lane.Compute(TinyRun.NoiseViews(method, 4, 1), 0).Span.ToArray());
            state["statistics"].SpanOf("center")[0] = 0.02f;
            var other = lane.Compute(TinyRun.NoiseViews(method, 4, 1), 0).Span.ToArray();
            if (centering == "mean") Assert.NotEqual(first, other);
            else Assert.Equal(first, other);
            return first;
        }
        Assert.NotEqual(Compute("mean"), Compute("sinkhorn"));
    }

    private static Tensor Logits(int rows, int prototypes) => ((arange(rows * prototypes).to(ScalarType.Float32) * 12.9898f).sin()).reshape(rows, prototypes);

    private static void Scale(double[,] q, (int R, int K)[] places, double total)
    {
        var sum = places.Sum(p => q[p.R, p.K]);
        foreach (var (r, k) in places) q[r, k] *= total / sum;
    }
}
