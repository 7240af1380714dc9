using System.Globalization;
using Lockstep.Cli.Recipes;
using Lockstep.Models;
using Lockstep.Models.Replica;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Benchmarks;

/// <summary>
/// One microbatch of a recipe in one lane, in variants that take turns: time of each, and its ratio to the first. With a single
/// variant the process's peak memory is that variant's.
/// </summary>
internal static class LaneBenchmark
{
    private static readonly Dictionary<string, string[]> Settings = new(StringComparer.Ordinal)
    {
        ["float32"] = ["Model:Compute=float32"],
        ["bfloat16"] = ["Model:Compute=bfloat16"],
        ["float32-recomputed"] = ["Model:Compute=float32", "Node:RecomputeBlocks=true"],
        ["bfloat16-recomputed"] = ["Model:Compute=bfloat16", "Node:RecomputeBlocks=true"],
    };

    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var rounds = arguments.Int("--rounds", 10);
        var names = (arguments.Text("--variants") ?? string.Join(',', Settings.Keys)).Split(',');
        Console.WriteLine(Machine.Describe());
        set_num_threads(1);
        var variants = names.Select(name => new Variant(name, arguments.Rest.FirstOrDefault() ?? "dino-cifar10", [.. arguments.Rest.Skip(1), .. Settings[name]])).ToList();
        var before = Machine.PeakMegabytes();
        for (var round = -1; round < rounds; round++)
            foreach (var variant in variants) variant.Take(isWarmUp: round < 0);

        Write($"{variants[0].Shape.MicrobatchSize} images a microbatch, {rounds} rounds in turns, processor time, median");
        foreach (var variant in variants)
        {
            Write($"  {variant.Name,-20} {1000 * Median(variant.Seconds),8:F1} ms   {Median(variant.Seconds.Zip(variants[0].Seconds, (own, first) => own / first)):F3} of {variants[0].Name}");
            variant.Dispose();
        }
        if (variants.Count == 1) Write($"  peak memory {Machine.PeakMegabytes():F0} MiB, {before:F0} before the first microbatch");
        return 0;
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Variant : IDisposable
    {
        private readonly ReplicaState _state;
        private readonly ILane _lane;
        private readonly Tensor[] _views;

        public Variant(string name, string recipe, string[] settings)
        {
            Name = name;
            var loaded = RecipeLoader.Load(recipe, ["Data:Train=.", .. settings]);
            Shape = loaded.ShapeFor(1_281_167);
            var method = loaded.CreateMethod(Shape);
            _state = new ReplicaState(method.State);
            method.Initialize(_state);
            _lane = method.CreateLane(_state);
            _views = [.. method.Views.Select(v => rand(Shape.MicrobatchSize, 3, v.Size, v.Size).DetachFromDisposeScope())];
        }

        public string Name { get; }

        public RunShape Shape { get; }

        public List<double> Seconds { get; } = [];

        public void Take(bool isWarmUp)
        {
            var started = Environment.CpuUsage.TotalTime; // one busy thread: other load counts less
            _lane.Compute(_views, 0);
            if (!isWarmUp) Seconds.Add((Environment.CpuUsage.TotalTime - started).TotalSeconds);
        }

        public void Dispose()
        {
            _lane.Dispose();
            _state.Dispose();
            foreach (var view in _views) view.Dispose();
        }
    }
}
