using Lockstep.Models;
using Lockstep.Node.Checkpoints;
using Xunit;

namespace Lockstep.Node.Tests.Checkpoints;

public sealed class KeptEpochsTests
{
    private static readonly RunShape Shape = new(Seed: 1, Samples: 50, GlobalBatch: 16, Microbatches: 4, TotalSteps: 100);

    [Theory]
    [InlineData(LastBatch.Drop, 2, new long[] { 6, 12, 18 })]     // 3 steps an epoch
    [InlineData(LastBatch.Carry, 2, new long[] { 7, 13, 19 })]    // 3.125: the first step that begins in the next epoch
    [InlineData(LastBatch.Drop, 0, new long[0])]
    public void EndAt_IsTrueOnce_AtTheEndOfEverySoManyEpochs(LastBatch lastBatch, int every, long[] expected) =>
        Assert.Equal(expected, Enumerable.Range(0, 20).Select(s => (long)s).Where(s => KeptEpochs.EndAt(s, Shape with { LastBatch = lastBatch }, every)));
}
