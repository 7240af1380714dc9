using System.Diagnostics;
using System.Globalization;
using Lockstep.Node.Metrics;

namespace Lockstep.Benchmarks;

/// <summary>
/// A whole run as a user starts it: images a second, where the writing node's time goes by step phase, bytes on the wire,
/// and the memory of all processes at the start, in the middle and at the end.
/// </summary>
internal static class RunBenchmark
{
    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (nodes, steps) = (arguments.Int("--nodes", 2), arguments.Int("--steps", 100));
        var folder = Directory.CreateTempSubdirectory("lockstep-bench-").FullName;
        try
        {
            var train = arguments.Text("--train") ?? await SamplesAsync(folder);
            var recipe = arguments.Rest.FirstOrDefault(r => !r.Contains('=', StringComparison.Ordinal)) ?? "dino-demo";
            var run = Path.Combine(folder, "run");
            string[] command = ["train", recipe, $"Run:Folder={run}", $"Run:Steps={steps}", $"Data:Train={train}", .. arguments.Rest.Where(r => r.Contains('=', StringComparison.Ordinal)), "--nodes", $"{nodes}"];
            Console.WriteLine(Machine.Describe());
            Console.WriteLine($"lockstep {string.Join(' ', command.Where(c => !c.StartsWith("Run:Folder", StringComparison.Ordinal)))}");
            using var process = Start(command);
            var memory = await WatchAsync(process, run);
            if (process.ExitCode != 0) return 1;
            Print(MetricsLog.Read(run), memory);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> SamplesAsync(string folder)
    {
        var samples = Path.Combine(folder, "samples");
        using var process = Start(["samples", samples]);
        await process.WaitForExitAsync();
        return Path.Combine(samples, "train");
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "lockstep"), command);
        return Process.Start(start)!;
    }

    private static async Task<List<(long Step, double Megabytes)>> WatchAsync(Process process, string run)
    {
        var memory = new List<(long, double)>();
        while (!process.HasExited)
        {
            await Task.Delay(500);
            var step = MetricsLog.Read(run) is { Count: > 0 } lines ? lines[^1].Step : 0;
            var resident = Machine.ChildrenOf(process.Id).Sum(Machine.ResidentMegabytes);
            if (resident > 0 && step > 0) memory.Add((step, resident));
        }
        return memory;
    }

    private static void Print(IReadOnlyList<StepMetrics> steps, List<(long Step, double Megabytes)> memory)
    {
        var steady = steps.Skip(steps.Count / 5).ToList(); // the first steps compile and warm up
        var speed = steady.Select(s => s.ImagesPerSecond).Order().ToList();
        Write($"images/s         min {speed[0]:F1}  median {speed[speed.Count / 2]:F1}  max {speed[^1]:F1}  ({steady.Count} steps)");
        var total = steady.Sum(s => s.Seconds.Values.Sum());
        foreach (var phase in steady[0].Seconds.Keys)
            Write($"  {phase,-14} {100 * steady.Sum(s => s.Seconds[phase]) / total,5:F1} %   {1000 * steady.Average(s => s.Seconds[phase]),8:F2} ms a step");
        Write($"bytes a step     {steady.Average(s => s.BytesSent):N0} sent, {steady.Average(s => s.BytesReceived):N0} received, by the writing node");
        foreach (var share in new[] { 0.2, 0.5, 1.0 })
        {
            var (step, megabytes) = memory.LastOrDefault(m => m.Step <= share * steps.Count);
            if (step > 0) Write($"memory           {megabytes:N0} MiB at step {step} (coordinator and nodes)");
        }
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
