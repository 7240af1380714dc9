using System.Diagnostics;
using System.Globalization;
using Lockstep.Models;
using Lockstep.Models.Replica;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Benchmarks;

/// <summary>One step of a recipe in one lane: what its forward and backward passes take, and what judging and watching it add.</summary>
internal static class WatchBenchmark
{
    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var rounds = arguments.Int("--rounds", 20);
        Console.WriteLine(Machine.Describe());
        using var one = new RecipeLane(arguments.Rest.FirstOrDefault() ?? "dino-cifar10-vit", arguments.Rest.Skip(1));
        var (shape, method) = (one.Shape, one.Method);
        using var sum = new FlatBuffer(method.Contribution);
        var answers = zeros(2 * shape.MicrobatchSize, one.Recipe.Dino.OutDim); // the teacher's, [2 B, K]
        var watch = method.CreateWatch()!;

        var (compute, statistics, judge, watching) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        StepReport? report = null;
        for (var round = -2; round < rounds; round++)
        {
            one.State.Step = round + 2;
            var computing = Seconds(() => one.Lane.Compute(one.Views, 0));
            var adding = Seconds(() => answers.sum(dim: 0).Dispose());
            sum.Tensor.copy_(one.Lane.Compute(one.Views, 0).Tensor);
            sum.Tensor.mul_(shape.Microbatches);
            var judging = Seconds(() => method.Judge(one.State, sum));
            report = method.Apply(one.State, sum);
            var looking = Seconds(() => watch.Next(round + 2, report, sum));
            if (round < 0) continue; // warm-up
            compute.Add(shape.Microbatches * computing);
            statistics.Add(shape.Microbatches * adding);
            judge.Add(2 * judging); // before a step is prepared, and in Apply
            watching.Add(looking);
        }
        var step = RecipeLane.Median(compute);
        Write($"{one.Recipe.Method}, K = {one.Recipe.Dino.OutDim}, {method.Contribution.Length:N0} floats a contribution, {shape.Microbatches} microbatches of {shape.MicrobatchSize} images, {rounds} rounds, medians");
        Write($"  forward and backward of a step in one lane   {1000 * step,10:F2} ms");
        foreach (var (what, seconds) in new[] { ("what prototypes get", RecipeLane.Median(statistics)), ("is the sum finite, twice", RecipeLane.Median(judge)), ("watch", RecipeLane.Median(watching)) })
            Write($"  {what,-42}   {1000 * seconds,10:F3} ms  {100 * seconds / step:F3} %");
        return 0;
    }

    private static double Seconds(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
