using Lockstep.Models;
using Lockstep.Node.Data;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class SampleOrderTests
{
    private static readonly RunShape s_shape = new(Seed: 9, Samples: 103, GlobalBatch: 16, Microbatches: 4, TotalSteps: 100);

    [Fact]
    public void SampleAt_WholeEpoch_VisitsEachSampleAtMostOnce()
    {
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var samples = Epoch(epoch).ToArray();
            Assert.Equal(6 * 16, samples.Length); // 103 / 16 = 6 steps
            Assert.Equal(samples.Length, samples.Distinct().Count());
            Assert.All(samples, s => Assert.InRange(s, 0, 102));
        }
    }

    [Fact]
    public void SampleAt_TwoEpochs_DropDifferentRests()
    {
        var all = Enumerable.Range(0, 103).ToArray();
        Assert.NotEqual(all.Except(Epoch(0)).Order(), all.Except(Epoch(1)).Order());
    }

    [Fact]
    public void SampleAt_Step_TakesItsSliceOfThePermutation()
    {
        var (order, permutation) = (new SampleOrder(s_shape), new KeyedPermutation(103, 9, 2));
        // Step 15 is step 3 of epoch 2; microbatch 1 is its second quarter.
        Assert.Equal(new SamplePosition(2, (int)permutation.At(3 * 16 + 1 * 4 + 2)), order.SampleAt(15, 1, 2));
    }

    // The cluster may cut a step as it likes; the recipe's M changes who computes a sample, not which are in the step.
    [Fact]
    public void SampleAt_OtherMicrobatches_SameSamplesAStep()
    {
        var (four, two) = (new SampleOrder(s_shape), new SampleOrder(s_shape with { Microbatches = 2 }));
        for (var i = 0; i < 16; i++) Assert.Equal(four.SampleAt(7, i / 4, i % 4), two.SampleAt(7, i / 8, i % 8));
    }

    [Fact]
    public void Construct_FewerSamplesThanAStep_SaysWhatToDo()
    {
        var e = Assert.Throws<DataException>(() => new SampleOrder(s_shape with { Samples = 15 }));
        Assert.Contains("lower GlobalBatch", e.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Epoch(int epoch)
    {
        var order = new SampleOrder(s_shape);
        for (var step = epoch * 6; step < epoch * 6 + 6; step++)
            for (var i = 0; i < 16; i++)
            {
                var position = order.SampleAt(step, i / 4, i % 4);
                Assert.Equal(epoch, position.Epoch);
                yield return position.Sample;
            }
    }
}
