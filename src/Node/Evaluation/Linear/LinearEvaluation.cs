using Lockstep.Models.Optim;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Linear;

/// <summary>
/// The linear probe of eval_linear.py: learning rate r · B / 256, a cosine to 0 stepped once an epoch, a keyed order of the
/// images each epoch, a smaller last batch, accuracy on the test images after every epoch.
/// </summary>
public static class LinearEvaluation
{
    private const int TestRows = 1024;

    /// <param name="train">What the probes learn from.</param>
    /// <param name="test">What they are tested on, of the same width.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="report">Gets every epoch as it ends.</param>
    /// <exception cref="DataException">No training image can be read.</exception>
    public static IReadOnlyList<LinearScore> Run(
        IProbeBatches train, FeatureSet test, int classes, LinearOptions options, Action<LinearEpoch> report)
    {
        using var probe = new LinearProbe(test.Dimension, classes, [.. options.Rates.Select(rate => rate * options.BatchSize / 256)], options.Seed);
        var schedule = new CosineSchedule(1, 0, options.Epochs);
        var epochs = new List<LinearEpoch>();
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var loss = Train(probe, train, epoch, schedule.At(epoch - 1), options);
            var (top1, top5) = Test(probe, test, options.Rates.Count);
            epochs.Add(new LinearEpoch(epoch, loss, top1, top5));
            report(epochs[^1]);
        }
        return LinearScore.Of(options.Rates, epochs);
    }

    private static double[] Train(LinearProbe probe, IProbeBatches train, int epoch, double share, LinearOptions options)
    {
        var order = new KeyedPermutation(train.Count, options.Seed, epoch);
        var (sum, seen) = (new double[options.Rates.Count], 0L);
        for (var start = 0; start < train.Count; start += options.BatchSize)
        {
            var rows = new int[Math.Min(options.BatchSize, train.Count - start)];
            for (var i = 0; i < rows.Length; i++) rows[i] = (int)order.At(start + i);
            using var scope = NewDisposeScope();
            var (features, labels) = train.Read(epoch, rows);
            var batch = labels.shape[0];
            if (batch == 0) continue;
            var loss = probe.Step(features, labels, share);
            for (var i = 0; i < sum.Length; i++) sum[i] += batch * (double)loss[i];
            seen += batch;
        }
        if (seen == 0) throw new DataException($"none of the {train.Count} training images could be read; the warnings name them");
        return [.. sum.Select(s => s / seen)];
    }

    private static (double[] Top1, double[] Top5) Test(LinearProbe probe, FeatureSet test, int probes)
    {
        var (first, five) = (new double[probes], new double[probes]);
        for (var start = 0; start < test.Count; start += TestRows)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(TestRows, test.Count - start);
            var ranks = probe.Ranks(test.Rows(start, count), tensor(test.Labels.Skip(start).Take(count).Select(l => (long)l).ToArray()));
            for (var i = 0; i < ranks.Length; i++)
            {
                if (ranks[i] < 1) first[i % probes]++;
                if (ranks[i] < 5) five[i % probes]++;
            }
        }
        return ([.. first.Select(n => n / test.Count)], [.. five.Select(n => n / test.Count)]);
    }
}
