using Lockstep.Models.Optim;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Linear;
using Xunit;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Evaluation.Linear;

public sealed class LinearProbeTests
{
    private static readonly double[] s_rates = [0.05, 0.5];

    [Fact]
    public void Steps_OfTwoRatesSideBySide_EqualPyTorchs()
    {
        var golden = Fixtures.Load("evaluation");
        var set = new FeatureSet(golden["linear.features"], [.. golden["linear.labels"].Select(l => (int)l)]);
        using var probe = new LinearProbe(golden["linear.weights"], 6, 7, s_rates);
        var batches = new CachedBatches(set);
        var schedule = new CosineSchedule(1, 0, 3);
        var step = 0;
        for (var epoch = 0; epoch < 3; epoch++)
        {
            for (var start = 0; start < 40; start += 16)
            {
                using var scope = NewDisposeScope();
                var (features, labels) = batches.Read(epoch + 1, [.. Enumerable.Range(start, Math.Min(16, 40 - start))]);
                var loss = probe.Step(features, labels, schedule.At(epoch));
                Near(golden["linear.small.loss"][step], loss[0]);
                Near(golden["linear.large.loss"][step], loss[1]);
                step++;
            }
            using var inner = NewDisposeScope();
            var ranks = probe.Ranks(set.Rows(0, 40), tensor(set.Labels.Select(l => (long)l).ToArray()));
            foreach (var (name, column) in new[] { ("small", 0), ("large", 1) })
            {
                var own = ranks.Where((_, i) => i % 2 == column).ToArray();
                Near(golden[$"linear.{name}.top1_top5"][2 * epoch], own.Count(r => r < 1) / 40f);
                Near(golden[$"linear.{name}.top1_top5"][2 * epoch + 1], own.Count(r => r < 5) / 40f);
            }
        }
        foreach (var (name, column) in new[] { ("small", 0), ("large", 1) })
        {
            var (weights, bias) = probe.Parameters(column);
            Assert.Equal(golden[$"linear.{name}.weight"], weights, Close);
            Assert.Equal(golden[$"linear.{name}.bias"], bias, Close);
        }
    }

    [Fact]
    public void Ranks_WeightsThatAreNoNumbers_ClassifyNothing()
    {
        using var probe = new LinearProbe([float.NaN, 1], 1, 2, [0.1]);
        using var scope = NewDisposeScope();
        Assert.Equal([2L], probe.Ranks(ones([1, 1L]), tensor(new[] { 0L })));
    }

    private static void Near(float expected, float actual) => Assert.True(Close(expected, actual), $"{actual}, not {expected}");

    // Sums of float32 in another order than PyTorch's, over nine steps.
    private static bool Close(float expected, float actual) => Math.Abs(expected - actual) < 2e-5 * Math.Max(1, Math.Abs(expected));
}
