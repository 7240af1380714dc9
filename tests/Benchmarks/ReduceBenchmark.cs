using System.Diagnostics;
using System.Globalization;
using Lockstep.Coordinator;
using Lockstep.Node.Collectives;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Benchmarks;

/// <summary>
/// The hub's sum alone: a coordinator and N nodes in this process over loopback gRPC, no computing. Prints the time of a
/// sum, the rate a node, and the managed memory that sender, hub and receivers allocate for a chunk, all together.
/// </summary>
internal static class ReduceBenchmark
{
    private const int Microbatches = 8, SliceFloats = 1 << 18, WarmUpSteps = 5;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (nodes, megabytes, steps) = (arguments.Int("--nodes", 2), arguments.Int("--megabytes", 20), arguments.Int("--steps", 40));
        var floats = megabytes * (1 << 18);
        Console.WriteLine(Machine.Describe());
        await using var app = await CoordinatorApp.StartAsync(new CoordinatorOptions
        {
            Listen = "http://127.0.0.1:0",
            ExpectedNodes = nodes,
            RecipeHash = "bench",
            Steps = steps + WarmUpSteps,
            Epochs = 0,
            GlobalBatch = Microbatches,
            Microbatches = Microbatches,
            Reducer = "hub",
            SliceFloats = SliceFloats,
            NodeTimeoutSeconds = 60,
            AllowMixed = false,
        }, logging => logging.SetMinimumLevel(LogLevel.Warning), TimeProvider.System);
        var results = await Task.WhenAll(Enumerable.Range(0, nodes).Select(i => Task.Run(() => NodeAsync(app.Address, $"node-{i}", floats))));

        var seconds = results[0].Seconds.Skip(WarmUpSteps).Order().ToList();
        var median = seconds[seconds.Count / 2];
        var chunks = (double)nodes * steps * 2 * ((floats + SliceFloats - 1) / SliceFloats);
        Write($"{nodes} nodes, {megabytes} MiB, slices of 1 MiB, {steps} sums");
        Write($"  time of a sum     min {1000 * seconds[0]:F1} ms  median {1000 * median:F1} ms  max {1000 * seconds[^1]:F1} ms");
        Write($"  rate a node       {megabytes * 1.048576 / median:F0} MB/s each way at the median");
        Write($"  managed memory    {results[0].AllocatedBytes / chunks:N0} bytes allocated a chunk (all ends together, {chunks:N0} chunks)");
        return 0;
    }

    private static async Task<(List<double> Seconds, double AllocatedBytes)> NodeAsync(Uri coordinator, string name, int floats)
    {
        await using var session = await CoordinatorSession.OpenAsync(coordinator, new Hello
        {
            Node = name,
            RecipeHash = "bench",
            DatasetHash = "bench",
            KernelFingerprint = "bench",
            StateDigest = "bench",
            Lanes = 1,
            Samples = 1024,
        }, new SessionOptions { ConnectTimeoutSeconds = 30 }, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        var plan = ((Planned)await session.ReadyAsync(CancellationToken.None)).Plan;
        await using var allReduce = await HubAllReduce.OpenAsync(coordinator, plan, session.NodeIndex, NullLogger.Instance, CancellationToken.None);
        var partials = new StepPartials(plan.Microbatches, floats);
        var work = MicrobatchSet.Of(new MicrobatchBlock(plan.FirstMicrobatch, plan.MicrobatchCount));
        var (contribution, sum) = (new float[floats], new float[floats]);
        var times = new List<double>();
        long before = 0;
        for (var step = plan.FirstStep; step < plan.TotalSteps; step++)
        {
            if (step == plan.FirstStep + WarmUpSteps) before = GC.GetTotalAllocatedBytes(precise: true);
            partials.Begin(work);
            for (var m = 0; m < plan.MicrobatchCount; m++) partials.Add(plan.FirstMicrobatch + m, 0, contribution);
            var started = Stopwatch.GetTimestamp();
            await allReduce.ReduceAsync(step, partials, sum, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            await session.PrepareAsync(new Prepared { Generation = plan.Generation, Step = step, SumDigest = "same", StateDigest = "same" }, CancellationToken.None);
        }
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        await session.FinishedAsync(CancellationToken.None);
        return (times, allocated);
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
