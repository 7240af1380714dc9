using System.Diagnostics;
using System.Globalization;
using Lockstep.Cli.Recipes;
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
        var recipe = RecipeLoader.Load(arguments.Rest.FirstOrDefault() ?? "dino-cifar10", ["Data:Train=.", .. arguments.Rest.Skip(1)]);
        var shape = recipe.ShapeFor(50000);
        var method = recipe.CreateMethod(shape);
        Console.WriteLine(Machine.Describe());
        set_num_threads(1);
        using var state = new ReplicaState(method.State);
        method.Initialize(state);
        using var lane = method.CreateLane(state);
        var views = method.Views.Select(v => rand(shape.MicrobatchSize, 3, v.Size, v.Size).DetachFromDisposeScope()).ToArray();

        var (with, without, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var left = new List<(int Offset, double Left)>[rounds];
        for (var round = -3; round < rounds; round++)
        {
            var watch = new Watch();
            // The first of two steps may be the faster one: take turns.
            var plain = round % 2 == 0 ? Time(lane, views, null) : 0;
            var marked = Time(lane, views, watch);
            if (round % 2 != 0) plain = Time(lane, views, null);
            if (round < 0) continue; // warm-up
            with.Add(marked);
            without.Add(plain);
            ratios.Add(marked / plain);
            left[round] = watch.Left();
        }
        var length = method.Contribution.Length;
        Write($"{recipe.Method}, {length:N0} floats, microbatch of {shape.MicrobatchSize} images, {rounds} rounds");
        Write($"  microbatch    {1000 * Median(with):F1} ms with marks, {1000 * Median(without):F1} ms without (processor time), ratio {Median(ratios):F4} (median of pairs)");
        for (var i = 0; i < left[0].Count; i++)
            Write($"  final {100.0 * (length - left[0][i].Offset) / length,5:F1} %   {100 * Median(left.Select(l => l[i].Left)),5:F1} % of backward left");
        return 0;
    }

    private static double Time(ILane lane, Tensor[] views, IContributionSink? sink)
    {
        var started = Environment.CpuUsage.TotalTime; // of this process, which has one busy thread: other load counts less
        lane.Compute(views, 0, sink);
        return (Environment.CpuUsage.TotalTime - started).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
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
