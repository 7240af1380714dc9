using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

/// <summary>The law of the data: every image once an epoch. Each test walks whole epochs of many shapes and shards.</summary>
public sealed class SampleLedgerTests
{
    private const int Epochs = 3;

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 16, 16, 4 }, { 17, 16, 16 }, { 31, 16, 4 }, { 103, 16, 4 }, { 103, 16, 1 },
        { 160, 16, 8 }, { 191, 96, 32 }, { 997, 64, 64 }, { 1000, 24, 8 }, { 4096, 128, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Drop_EveryEpoch_TakesWholeStepsOfDifferentSamples(int samples, int globalBatch, int microbatches)
    {
        var shape = new RunShape(Seed: 6, samples, globalBatch, microbatches, TotalSteps: 1000);
        foreach (var order in Orders(samples))
        {
            var perEpoch = samples / globalBatch * globalBatch;
            var epochs = Walk(shape, order, Epochs * perEpoch / globalBatch).Chunk(perEpoch).ToArray();
            for (var epoch = 0; epoch < Epochs; epoch++)
            {
                Assert.All(epochs[epoch], position => Assert.Equal(epoch, position.Epoch));
                Assert.Equal(perEpoch, epochs[epoch].Select(position => position.Sample).Distinct().Count());
                Assert.All(epochs[epoch], position => Assert.InRange(position.Sample, 0, samples - 1));
            }
        }
    }

    [Fact]
    public void Drop_SeveralEpochs_LeaveOutOtherSamples()
    {
        var shape = new RunShape(Seed: 6, Samples: 1000, GlobalBatch: 48, Microbatches: 8, TotalSteps: 1000); // 40 are left out
        foreach (var order in Orders(1000))
        {
            var rests = Walk(shape, order, Epochs * 20).Chunk(960).Select(epoch => Enumerable.Range(0, 1000).Except(epoch.Select(p => p.Sample)).ToHashSet()).ToArray();
            Assert.All(rests, rest => Assert.Equal(40, rest.Count));
            for (var epoch = 1; epoch < Epochs; epoch++) Assert.False(rests[epoch].SetEquals(rests[epoch - 1]), $"{order} leaves out the same images twice");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Carry_EveryEpoch_TakesEachSampleOnce(int samples, int globalBatch, int microbatches)
    {
        var shape = new RunShape(Seed: 6, samples, globalBatch, microbatches, TotalSteps: 1000, LastBatch.Carry);
        foreach (var order in Orders(samples))
        {
            var walked = Walk(shape, order, (Epochs * samples + globalBatch - 1) / globalBatch).ToArray();
            for (var epoch = 0; epoch < Epochs; epoch++)
            {
                var images = walked.Skip(epoch * samples).Take(samples).ToArray();
                Assert.All(images, position => Assert.Equal(epoch, position.Epoch));
                Assert.Equal(Enumerable.Range(0, samples), images.Select(position => position.Sample).Order());
            }
            Assert.All(walked.Skip(Epochs * samples), position => Assert.Equal(Epochs, position.Epoch));
        }
    }

    // A permutation, and shards of all kinds: one, of one image, that divide nothing, of unequal sizes, empty; windows of one
    // shard, some, more than there are.
    private static IEnumerable<EpochOrder> Orders(int samples)
    {
        yield return EpochOrder.Permutation;
        foreach (var starts in new[] { [0], Every(1), Every(7), Every(16), Uneven(), [0, 0, .. Every(9), samples, samples] })
            foreach (var shuffleShards in new[] { 1, 3, 8, 1 << 20 }) yield return EpochOrder.Shards(starts, shuffleShards);

        long[] Every(int each) => [.. Enumerable.Range(0, (samples + each - 1) / each).Select(shard => (long)shard * each)];

        long[] Uneven()
        {
            var random = new Random(samples);
            var starts = new List<long> { 0 };
            while (starts[^1] + random.Next(30) is var next && next < samples) starts.Add(next);
            return [.. starts];
        }
    }

    private static IEnumerable<SamplePosition> Walk(RunShape shape, EpochOrder epochs, int steps)
    {
        var order = new SampleOrder(shape, epochs);
        for (var step = 0; step < steps; step++)
            for (var microbatch = 0; microbatch < shape.Microbatches; microbatch++)
                for (var row = 0; row < shape.MicrobatchSize; row++) yield return order.SampleAt(step, microbatch, row);
    }
}
