using System.Diagnostics;
using Lockstep.Coordinator;
using Lockstep.Node.Collectives;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Benchmarks;

/// <summary>
/// Real steps whose computing is a sleep: a coordinator and n nodes in this process over loopback gRPC, exchange and
/// commit. All that the benchmark `simulate` knows of the reduce engine is here.
/// </summary>
internal static class SimulateCluster
{
    public const int Microbatches = 8, SliceFloats = 1 << 18;
    private const int WarmUpSteps = 5;

    /// <summary>Steps of the first node, each from its start to its commit, seconds; without what the clock's ticks add to a sleep.</summary>
    public static async Task<IReadOnlyList<double>> StepsAsync(int nodes, int floats, double microbatchSeconds, int steps)
    {
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
        var times = await Task.WhenAll(Enumerable.Range(0, nodes).Select(i => Task.Run(() => NodeAsync(app.Address, $"node-{i}", floats, microbatchSeconds))));
        return [.. times[0].Skip(WarmUpSteps)];
    }

    private static async Task<List<double>> NodeAsync(Uri coordinator, string name, int floats, double microbatchSeconds)
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
        var partials = new BlockAccumulator(plan.Microbatches, plan.FirstMicrobatch, plan.MicrobatchCount, floats);
        var (contribution, sum) = (new float[floats], new float[floats]);
        for (var m = 0; m < plan.MicrobatchCount; m++) partials.Add(plan.FirstMicrobatch + m, contribution);
        var times = new List<double>();
        for (var step = plan.FirstStep; step < plan.TotalSteps; step++)
        {
            var started = Stopwatch.GetTimestamp();
            var late = await ComputeAsync(plan.MicrobatchCount * microbatchSeconds);
            await allReduce.ReduceAsync(step, partials, sum, CancellationToken.None);
            await session.PrepareAsync(new Prepared { Generation = plan.Generation, Step = step, SumDigest = "same", StateDigest = "same" }, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds - late);
        }
        await session.FinishedAsync(CancellationToken.None);
        return times;
    }

    // Sleeps, and says by how much too long.
    private static async Task<double> ComputeAsync(double seconds)
    {
        if (seconds == 0) return 0;
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return Stopwatch.GetElapsedTime(started).TotalSeconds - seconds;
    }
}
