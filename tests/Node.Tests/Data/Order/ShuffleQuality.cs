using Lockstep.Models;
using Lockstep.Node.Data.Order;

namespace Lockstep.Node.Tests.Data.Order;

/// <summary>
/// What an order makes of a dataset that is sorted by class, and what it asks of the storage: one epoch, counted. Samples
/// are of equally large classes and of shards of one size.
/// </summary>
internal sealed class ShuffleQuality
{
    private const int SomeSteps = 1000;

    private readonly RunShape _shape;
    private readonly SampleOrder _order;
    private readonly int _classes, _shardSamples, _nodes;

    private ShuffleQuality(RunShape shape, EpochOrder order, int classes, int shardSamples, int nodes)
    {
        (_shape, _order, _classes, _shardSamples, _nodes) = (shape, new SampleOrder(shape, order), classes, shardSamples, nodes);
        Count();
    }

    /// <summary>Mean number of different classes in a step.</summary>
    public double ClassesAStep { get; private set; }

    /// <summary>The same for images drawn independently.</summary>
    public double IndependentClassesAStep => _classes * (1 - Math.Pow(1 - 1.0 / _classes, _shape.GlobalBatch));

    /// <summary>Mean share of a step's most frequent class.</summary>
    public double TopShare { get; private set; }

    /// <summary>Share of neighbours in a microbatch that are of one class; 1 / classes for images drawn independently.</summary>
    public double NeighboursOfOneClass { get; private set; }

    /// <summary>Mean number of shards that a node is in the middle of: one of its microbatches has had the first image that it reads of the shard, and not the last.</summary>
    public double OpenShards { get; private set; }

    /// <summary>Mean number of shards that a node reads of in the first 1,000 steps (or the epoch, when that is shorter).</summary>
    public double ShardsInSomeSteps { get; private set; }

    /// <summary>Mean number of images that one microbatch place of a node reads of a shard from its first to its last.</summary>
    public double ImagesAStay { get; private set; }

    /// <summary>Mean number of images of one shard that are read one after the other.</summary>
    public double RunLength { get; private set; }

    /// <param name="shape">Numbers of the run.</param>
    /// <param name="order">What is measured.</param>
    /// <param name="classes">Classes, sorted, of equal sizes.</param>
    /// <param name="shardSamples">Samples a shard as it is stored.</param>
    /// <param name="nodes">Nodes that share the microbatches; divides them.</param>
    public static ShuffleQuality Of(RunShape shape, EpochOrder order, int classes, int shardSamples, int nodes) => new(shape, order, classes, shardSamples, nodes);

    private void Count()
    {
        var (steps, perNode) = (_shape.StepsPerEpoch, _shape.Microbatches / _nodes);
        var counts = new int[_classes];
        var stays = new Dictionary<(int Microbatch, int Shard), (long First, long Last)>();
        var early = Enumerable.Range(0, _nodes).Select(_ => new HashSet<int>()).ToArray();
        var lastShard = Enumerable.Repeat(-1, _shape.Microbatches).ToArray();
        var (classes, top, runs, neighbours, same) = (0L, 0L, 0L, 0L, 0L);
        for (var step = 0L; step < steps; step++)
        {
            Array.Clear(counts);
            for (var microbatch = 0; microbatch < _shape.Microbatches; microbatch++)
            {
                var before = -1;
                for (var row = 0; row < _shape.MicrobatchSize; row++)
                {
                    var sample = _order.SampleAt(step, microbatch, row).Sample;
                    var label = (int)((long)sample * _classes / _shape.Samples);
                    var shard = sample / _shardSamples;
                    counts[label]++;
                    if (row > 0) neighbours++;
                    if (label == before) same++;
                    before = label;
                    if (shard != lastShard[microbatch]) runs++;
                    lastShard[microbatch] = shard;
                    stays[(microbatch, shard)] = (stays.TryGetValue((microbatch, shard), out var stay) ? stay.First : step, step);
                    if (step < SomeSteps) early[microbatch / perNode].Add(shard);
                }
            }
            classes += counts.Count(count => count > 0);
            top += counts.Max();
        }
        var images = (double)steps * _shape.GlobalBatch;
        (ClassesAStep, TopShare) = ((double)classes / steps, top / images);
        NeighboursOfOneClass = neighbours == 0 ? 0 : (double)same / neighbours;
        OpenShards = stays.GroupBy(stay => (stay.Key.Microbatch / perNode, stay.Key.Shard), stay => stay.Value).Sum(StepsOf) / ((double)steps * _nodes);
        ShardsInSomeSteps = early.Average(shards => shards.Count);
        (ImagesAStay, RunLength) = (images / stays.Count, images / runs);
    }

    // Steps in any of the stays; they may overlap.
    private static long StepsOf(IEnumerable<(long First, long Last)> stays)
    {
        var (steps, next) = (0L, 0L);
        foreach (var (first, last) in stays.Order())
        {
            steps += Math.Max(0, last + 1 - Math.Max(first, next));
            next = Math.Max(next, last + 1);
        }
        return steps;
    }
}
