using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

/// <summary>ImageNet's proportions in small: 40,000 images sorted by 100 classes, 400 shards of 100, steps of 256 in 32 microbatches.</summary>
public sealed class ShuffleQualityTests
{
    private const int Samples = 40_000, Classes = 100, ShardSamples = 100;
    private static readonly RunShape s_shape = new(Seed: 2, Samples, GlobalBatch: 256, Microbatches: 32, TotalSteps: 1000);

    [Fact]
    public void Classes_OfAStep_AreAlmostAsMixedAsByAPermutation()
    {
        var (full, eight) = (Of(EpochOrder.Permutation), Of(Shards(8)));
        Assert.InRange(full.ClassesAStep / full.IndependentClassesAStep, 0.99, 1.01);
        Assert.InRange(eight.ClassesAStep / full.IndependentClassesAStep, 0.95, 1.01);
        Assert.InRange(eight.TopShare / full.TopShare, 1, 1.3);
        Assert.InRange(full.NeighboursOfOneClass, 0.5 / Classes, 1.5 / Classes);
    }

    // Larger windows and more microbatches both mix more.
    [Fact]
    public void Classes_OfAStep_GrowWithTheWindowAndWithTheMicrobatches()
    {
        var byWindow = new[] { 1, 2, 4, 8 }.Select(window => Of(Shards(window)).ClassesAStep).ToArray();
        Assert.Equal(byWindow.Order(), byWindow);
        var byMicrobatches = new[] { 1, 4, 16 }.Select(m => ShuffleQuality.Of(s_shape with { Microbatches = m }, Shards(4), Classes, ShardSamples, nodes: 1).ClassesAStep).ToArray();
        Assert.Equal(byMicrobatches.Order(), byMicrobatches);
        Assert.InRange(byMicrobatches[0], 1, 10); // one window: at most 4 or 5 shards of one class each
    }

    // What the order is for: a node reads a shard to its end while it reads few others.
    [Fact]
    public void Shards_OfANode_AreReadInOneStay()
    {
        var (full, eight) = (Of(EpochOrder.Permutation), Of(Shards(8)));
        Assert.InRange(eight.OpenShards, 4, 2 * 8 * 2); // 8 nodes: 4 microbatches, each in a window of 8
        Assert.True(full.OpenShards > 8 * eight.OpenShards, $"{full.OpenShards} and {eight.OpenShards} shards open");
        // The rest are shards in whose window a segment ends: two microbatches have a part of each.
        Assert.InRange(eight.ImagesAStay, ShardSamples * 0.5, ShardSamples);
        Assert.InRange(full.ImagesAStay, 1, 5);
    }

    private static EpochOrder Shards(int shuffleShards) =>
        EpochOrder.Shards([.. Enumerable.Range(0, Samples / ShardSamples).Select(shard => (long)shard * ShardSamples)], shuffleShards);

    private static ShuffleQuality Of(EpochOrder order) => ShuffleQuality.Of(s_shape, order, Classes, ShardSamples, nodes: 8);
}
