using System.Globalization;
using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Tests.Data.Order;

namespace Lockstep.Benchmarks;

/// <summary>
/// How well Data:Order=shards mixes a dataset that is sorted by class, and what it asks of the storage, beside the full
/// permutation and images drawn independently. Counts one epoch of each; no image is read.
/// </summary>
internal static class ShuffleBenchmark
{
    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var (samples, classes, shardSamples) = (arguments.Int("--samples", 1_281_167), arguments.Int("--classes", 1000), arguments.Int("--shard-samples", 1251));
        var (batch, microbatches, nodes) = (arguments.Int("--batch", 1024), arguments.Int("--microbatches", 64), arguments.Int("--nodes", 16));
        var shape = new RunShape(Seed: 0, samples, batch, microbatches, TotalSteps: 1);
        long[] starts = [.. Enumerable.Range(0, (samples + shardSamples - 1) / shardSamples).Select(shard => (long)shard * shardSamples)];

        Write($"{samples:N0} images sorted by {classes:N0} classes, {starts.Length:N0} shards of {shardSamples:N0}; {batch:N0} images a step in {microbatches} microbatches, {nodes} nodes");
        Write($"  {"",-22} {"classes",8} {"top class",10} {"neighbours",11} {"shards",8} {"shards in",10} {"images",8} {"run",6} {"spread",8}");
        Write($"  {"ShuffleShards",-22} {"a step",8} {"of a step",10} {"of a class",11} {"open",8} {"1000 steps",10} {"a stay",8} {"length",6} {"in steps",8}");
        foreach (var window in new[] { 1, 2, 4, 8, 16, 32 }) Row($"{window}", shape, EpochOrder.Shards(starts, window), window);
        var full = Row("permutation", shape, EpochOrder.Permutation, starts.Length);
        Write($"  {"drawn independently",-22} {full.IndependentClassesAStep,8:F1} {"",10} {100.0 / classes,10:F2}%");

        Console.WriteLine();
        Write($"  What microbatches add (M of them), with windows of 8 shards:");
        foreach (var m in new[] { 1, 4, 16, 64, 256 }.Where(m => m % nodes == 0 || nodes % m == 0).Where(m => batch % m == 0))
            Row($"M = {m}", shape with { Microbatches = m }, EpochOrder.Shards(starts, 8), 8);
        return 0;

        ShuffleQuality Row(string name, RunShape run, EpochOrder order, int window)
        {
            var quality = ShuffleQuality.Of(run, order, classes, shardSamples, Math.Min(nodes, run.Microbatches));
            // A shard's images lie within its window, which one microbatch reads at B images a step.
            var spread = Math.Min(run.StepsPerEpoch, (long)window * shardSamples / run.MicrobatchSize);
            Write($"  {name,-22} {quality.ClassesAStep,8:F1} {100 * quality.TopShare,9:F2}% {100 * quality.NeighboursOfOneClass,10:F2}% {quality.OpenShards,8:F1} {quality.ShardsInSomeSteps,10:F0} {quality.ImagesAStay,8:F0} {quality.RunLength,6:F2} {spread,8:N0}");
            return quality;
        }
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
