using System.Diagnostics;
using System.Globalization;
using Lockstep.Models;
using Lockstep.Models.Replica;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Benchmarks;

/// <summary>
/// One microbatch of a recipe in one lane: how much of the backward pass is left when a share of the gradient's bytes is
/// final, and what the marks that tell it cost (steps with and without them in turns).
/// </summary>
internal static class OverlapBenchmark
{
    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var rounds = arguments.Int("--rounds", 30);
        Console.WriteLine(Machine.Describe());
        using var one = new RecipeLane(arguments.Rest.FirstOrDefault() ?? "dino-cifar10-vit", arguments.Rest.Skip(1));
        var (shape, method) = (one.Shape, one.Method);

        var (with, without, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var left = new List<(int Offset, double Left)>[rounds];
        for (var round = -3; round < rounds; round++)
        {
            var watch = new Watch();
            // The first of two steps may be the faster one: take turns.
            var plain = round % 2 == 0 ? Time(one, null) : 0;
            var marked = Time(one, watch);
            if (round % 2 != 0) plain = Time(one, null);
            if (round < 0) continue; // warm-up
            with.Add(marked);
            without.Add(plain);
            ratios.Add(marked / plain);
            left[round] = watch.Left();
        }
        var length = method.Contribution.Length;
        Write($"{one.Recipe.Method}, {length:N0} floats, microbatch of {shape.MicrobatchSize} images, {rounds} rounds");
        Write($"  microbatch    {1000 * RecipeLane.Median(with):F1} ms with marks, {1000 * RecipeLane.Median(without):F1} ms without (processor time), ratio {RecipeLane.Median(ratios):F4} (median of pairs)");
        for (var i = 0; i < left[0].Count; i++)
            Write($"  final {100.0 * (length - left[0][i].Offset) / length,5:F1} %   {100 * RecipeLane.Median(left.Select(l => l[i].Left)),5:F1} % of backward left");
        return 0;
    }

    private static double Time(RecipeLane one, IContributionSink? sink)
    {
        var started = Environment.CpuUsage.TotalTime; // of this process, which has one busy thread: other load counts less
        one.Lane.Compute(one.Views, 0, sink);
        return (Environment.CpuUsage.TotalTime - started).TotalSeconds;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    // The first region (statistics) is told just before backward, the last just after.
    private sealed class Watch : IContributionSink
    {
        private readonly List<(int Offset, long At)> _told = [];

        public void Final(ReadOnlySpan<float> contribution, int offset, int length) => _told.Add((offset, Stopwatch.GetTimestamp()));

        public List<(int Offset, double Left)> Left() =>
            [.. _told.Select(t => (t.Offset, (double)(_told[^1].At - t.At) / (_told[^1].At - _told[0].At)))];
    }
}
