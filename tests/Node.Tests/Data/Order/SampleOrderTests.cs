using Lockstep.Models.Tests.Masks;
using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

public sealed class SampleOrderTests
{
    private static readonly RunShape s_shape = new(Seed: 9, Samples: 103, GlobalBatch: 16, Microbatches: 4, TotalSteps: 100);
    private static readonly EpochOrder s_tens = EpochOrder.Shards([.. Enumerable.Range(0, 11).Select(shard => shard * 10L)], shuffleShards: 3);

    [Fact]
    public void SampleAt_Permutation_TakesAStepsSliceOfIt()
    {
        var (order, permutation) = (new SampleOrder(s_shape, EpochOrder.Permutation), new KeyedPermutation(103, 9, 2));
        // Step 15 is step 3 of epoch 2; microbatch 1 is its second quarter.
        for (var row = 0; row < 4; row++)
            Assert.Equal(new SamplePosition(2, (int)permutation.At(3 * 16 + 1 * 4 + row)), order.SampleAt(15, 1, row));
    }

    // The numbers of a second implementation, written in Python from the formulas of docs/data-order.md. They must never
    // change: runs that have begun would go on with other images.
    [Fact]
    public void SampleAt_KnownOrders_AreUnchanged()
    {
        Assert.Equal([(2, 76), (2, 85), (2, 24), (2, 92)], Row(s_shape, EpochOrder.Permutation, step: 15, microbatch: 1));
        Assert.Equal([(2, 63), (2, 88), (2, 69), (2, 62)], Row(s_shape, s_tens, step: 15, microbatch: 1));
        Assert.Equal([(0, 47), (0, 91), (0, 40), (1, 30)], Row(s_shape with { LastBatch = LastBatch.Carry }, s_tens, step: 6, microbatch: 1));
        var imagenet = new RunShape(Seed: 0, Samples: 1_281_167, GlobalBatch: 1024, Microbatches: 256, TotalSteps: 1);
        Assert.Equal([(0, 732_856), (0, 930_678), (0, 770_135), (0, 984_635)], Row(imagenet, EpochOrder.Permutation, step: 0, microbatch: 0));

        static IEnumerable<(long, int)> Row(RunShape shape, EpochOrder order, long step, int microbatch)
        {
            var samples = new SampleOrder(shape, order);
            return Enumerable.Range(0, shape.MicrobatchSize).Select(row => samples.SampleAt(step, microbatch, row)).Select(p => (p.Epoch, p.Sample));
        }
    }

    // How a permuted run is cut into microbatches changes who computes a sample, not which are in the step.
    [Fact]
    public void SampleAt_OtherMicrobatches_SameSamplesAStep()
    {
        var four = new SampleOrder(s_shape, EpochOrder.Permutation);
        var two = new SampleOrder(s_shape with { Microbatches = 2 }, EpochOrder.Permutation);
        for (var i = 0; i < 16; i++) Assert.Equal(four.SampleAt(7, i / 4, i % 4), two.SampleAt(7, i / 8, i % 8));
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Carry)]
    public void SampleAt_AnyPlaceInAnyTurn_IsThatOfTheSequence(LastBatch lastBatch)
    {
        var shape = s_shape with { LastBatch = lastBatch };
        foreach (var epochs in new[] { EpochOrder.Permutation, s_tens })
        {
            var sequence = Enumerable.Range(0, 40 * 16).Select(new Walk(shape, epochs).At).ToArray();
            var (walk, random) = (new Walk(shape, epochs), new Random(1));
            for (var i = 0; i < 3000; i++)
            {
                var place = random.Next(sequence.Length);
                Assert.Equal(sequence[place], walk.At(place));
            }
        }
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Carry)]
    public void SampleAt_ManySamples_AllocatesNothing(LastBatch lastBatch)
    {
        foreach (var epochs in new[] { EpochOrder.Permutation, s_tens })
        {
            var walk = new Walk(s_shape with { LastBatch = lastBatch }, epochs);
            for (var i = 0; i < 500; i++) walk.At(i);
            Assert.Equal(0, Allocations.Least(() =>
            {
                for (var i = 500; i < 5000; i++) walk.At(i); // many epochs and windows
            }));
        }
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Carry)]
    public void Construct_FewerSamplesThanAStep_SaysWhatToDo(LastBatch lastBatch)
    {
        var e = Assert.Throws<DataException>(() => new SampleOrder(s_shape with { Samples = 15, LastBatch = lastBatch }, EpochOrder.Permutation));
        Assert.Contains("lower GlobalBatch", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SampleAt_Outside_Throws()
    {
        var order = new SampleOrder(s_shape, EpochOrder.Permutation);
        Assert.Throws<ArgumentOutOfRangeException>(() => order.SampleAt(-1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => order.SampleAt(0, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => order.SampleAt(0, 0, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => order.SampleAt(0, 0, -1));
    }

    private sealed class Walk(RunShape shape, EpochOrder epochs)
    {
        private readonly SampleOrder _order = new(shape, epochs);

        // The p-th image of the run.
        public SamplePosition At(int p)
        {
            var (step, inStep) = Math.DivRem(p, shape.GlobalBatch);
            return _order.SampleAt(step, inStep / shape.MicrobatchSize, inStep % shape.MicrobatchSize);
        }
    }
}
