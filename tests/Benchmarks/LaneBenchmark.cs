using System.Globalization;
using Lockstep.Models;

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
        var variants = names.Select(name => new Variant(name, arguments.Rest.FirstOrDefault() ?? "dino-cifar10-vit", [.. arguments.Rest.Skip(1), .. Settings[name]])).ToList();
        var before = Machine.PeakMegabytes();
        for (var round = -1; round < rounds; round++)
            foreach (var variant in variants) variant.Take(isWarmUp: round < 0);

        Write($"{variants[0].Shape.MicrobatchSize} images a microbatch, {rounds} rounds in turns, processor time, median");
        foreach (var variant in variants)
        {
            Write($"  {variant.Name,-20} {1000 * RecipeLane.Median(variant.Seconds),8:F1} ms   {RecipeLane.Median(variant.Seconds.Zip(variants[0].Seconds, (own, first) => own / first)):F3} of {variants[0].Name}");
            variant.Dispose();
        }
        if (variants.Count == 1) Write($"  peak memory {Machine.PeakMegabytes():F0} MiB, {before:F0} before the first microbatch");
        return 0;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Variant(string name, string recipe, string[] settings) : IDisposable
    {
        private readonly RecipeLane _one = new(recipe, settings);

        public string Name => name;

        public RunShape Shape => _one.Shape;

        public List<double> Seconds { get; } = [];

        public void Take(bool isWarmUp)
        {
            var started = Environment.CpuUsage.TotalTime; // one busy thread: other load counts less
            _one.Lane.Compute(_one.Views, 0);
            if (!isWarmUp) Seconds.Add((Environment.CpuUsage.TotalTime - started).TotalSeconds);
        }

        public void Dispose() => _one.Dispose();
    }
}
