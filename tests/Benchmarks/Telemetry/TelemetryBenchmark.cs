using System.Diagnostics;
using System.Globalization;
using Lockstep.Cli.Telemetry;
using Lockstep.Models;
using Lockstep.Node.Metrics;
using Lockstep.Node.Replica;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;

namespace Lockstep.Benchmarks.Telemetry;

/// <summary>What telemetry costs: a node's part in one step by itself and, with --rounds, whole runs with a collector and without, in turns.</summary>
internal static class TelemetryBenchmark
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT", Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const int Steps = 20_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (rounds, steps, nodes) = (arguments.Int("--rounds", 0), arguments.Int("--steps", 200), arguments.Int("--nodes", 2));
        Console.WriteLine(Machine.Describe());
        await using var sink = await OtlpSink.StartAsync();
        OfOneStep("no endpoint", every: 100);
        Environment.SetEnvironmentVariable(Endpoint, sink.Address);
        Environment.SetEnvironmentVariable(Protocol, "http/protobuf");
        using (OtlpExport.Start("benchmark", "benchmark"))
        {
            OfOneStep("collector, spans of every 100th step", every: 100);
            OfOneStep("collector, spans of every step", every: 1);
        }
        Environment.SetEnvironmentVariable(Endpoint, null);
        if (rounds > 0) await OfRunsAsync(sink, rounds, steps, nodes);
        Write($"the collector got {sink.Bytes:N0} bytes in {sink.Requests:N0} requests");
        return 0;
    }

    private static void OfOneStep(string what, int every)
    {
        using var telemetry = new NodeTelemetry(every, TimeProvider.System);
        var plan = new Plan { Run = new string('0', 32), Generation = 1, Members = { new Member { Node = "a" } } };
        telemetry.Adopted(plan, listens: false);
        var report = new StepReport(1, true, new Dictionary<string, double> { ["learning_rate"] = 0.1 });
        var clock = Enum.GetValues<StepPhase>().ToDictionary(phase => phase, _ => 0.001);
        for (var step = 0; step < Steps / 10; step++) Step(step);
        // Processor time of all threads, the exporter's among them: others may use the machine meanwhile.
        var (used, bytes) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        for (var step = 0; step < Steps; step++) Step(step);
        Write($"{what,-40} {(Environment.CpuUsage.TotalTime - used).TotalMicroseconds / Steps,8:F2} us a step   {(GC.GetTotalAllocatedBytes() - bytes) / Steps,6:N0} bytes");

        void Step(long step)
        {
            telemetry.Began(step);
            var now = Stopwatch.GetTimestamp();
            telemetry.Booked(StepPhase.Compute, now, now += 1000);
            telemetry.Waited(1e-7);
            telemetry.Booked(StepPhase.Reduce, now, now += 1000);
            telemetry.Booked(StepPhase.Prepare, now, now += 1000);
            telemetry.Updated(now, now + 1000, 1e-7);
            telemetry.Applied(new(step, report, "", plan, clock, 1, 1, default), computed: 4, writes: true);
        }
    }

    private static async Task OfRunsAsync(OtlpSink sink, int rounds, int steps, int nodes)
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-bench-").FullName;
        try
        {
            await ToolAsync(null, "samples", Path.Combine(folder, "samples"));
            var (off, on) = (new List<(double Milliseconds, double Processor)>(), new List<(double Milliseconds, double Processor)>());
            for (var round = 0; round < rounds; round++)
            {
                // off, on, on, off, ...: what changes slowly meets both alike
                foreach (var exports in round % 2 == 0 ? new[] { false, true } : [true, false])
                {
                    var run = Path.Combine(folder, $"run-{round}-{exports}");
                    var used = Machine.ChildrenSeconds();
                    await ToolAsync(exports ? sink.Address : null, "train", "dino-demo", $"Run:Folder={run}", $"Run:Steps={steps}", $"Data:Train={Path.Combine(folder, "samples", "train")}", "--nodes", $"{nodes}");
                    var seconds = MetricsLog.Read(run).Skip(steps / 5).Select(s => 64 / s.ImagesPerSecond).Order().ToList();
                    (exports ? on : off).Add((1000 * seconds[seconds.Count / 2], Machine.ChildrenSeconds() - used));
                }
                Write($"round {round + 1}: median step {off[^1].Milliseconds,8:F2} ms without, {on[^1].Milliseconds,8:F2} ms with a collector; processor time {off[^1].Processor:F1} and {on[^1].Processor:F1} s");
            }
            Difference("median step", off.Zip(on, (a, b) => 100 * ((b.Milliseconds / a.Milliseconds) - 1)));
            Difference("processor time of the whole run", off.Zip(on, (a, b) => 100 * ((b.Processor / a.Processor) - 1)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ToolAsync(string? endpoint, params string[] command)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "lockstep"), command) { RedirectStandardOutput = true };
        if (endpoint is not null) start.Environment[Endpoint] = endpoint;
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"lockstep {command[0]} ended with status {process.ExitCode}");
    }

    private static void Difference(string what, IEnumerable<double> rounds)
    {
        var percent = rounds.Order().ToList();
        Write($"{what}: with a collector {percent[percent.Count / 2]:F2} % more in the median round, from {percent[0]:F2} to {percent[^1]:F2} %");
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
