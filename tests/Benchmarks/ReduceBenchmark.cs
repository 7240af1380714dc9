using System.Diagnostics;
using System.Globalization;
using Lockstep.Node.Collectives;
using Lockstep.Protos;

namespace Lockstep.Benchmarks;

/// <summary>
/// A step's sum alone: N nodes and a hub in this process over loopback gRPC, no computing. Prints the time of a sum, the
/// rate a node, what a node sends, and the managed memory that all ends together allocate for a chunk. Without --reducer,
/// hub and direct take turns.
/// </summary>
internal static class ReduceBenchmark
{
    private const int Microbatches = 8, SliceFloats = 1 << 18, WarmUpSteps = 5, Rounds = 4;

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);
        var (nodes, megabytes, steps) = (arguments.Int("--nodes", 2), arguments.Int("--megabytes", 20), arguments.Int("--steps", 40));
        var (group, floats) = (arguments.Int("--group", 0), megabytes * (1 << 18));
        var casts = arguments.Text("--reducer") is { } only ? [only] : new[] { "hub", "direct" };
        var results = casts.ToDictionary(cast => cast, _ => new Result());
        await using var hub = await ReduceParty.StartAsync();
        var parties = await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => ReduceParty.StartAsync()));

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (cast, i) in casts.Select((cast, i) => (cast, i)))
                await RunAsync(PlanOf(1 + round * casts.Length + i, cast, group, parties), hub, parties, floats, steps / Rounds, results[cast]);
        }

        Console.WriteLine(Machine.Describe());
        Write($"{nodes} nodes, {megabytes} MiB, slices of at most 1 MiB, {steps} sums in {Rounds} rounds");
        foreach (var (cast, result) in results)
        {
            var seconds = result.Seconds.Order().ToList();
            var median = seconds[seconds.Count / 2];
            Write($"{cast}{(cast == "direct" && group > 0 ? $", groups of {group}" : "")}");
            Write($"  time of a sum     min {1000 * seconds[0]:F1} ms  median {1000 * median:F1} ms  max {1000 * seconds[^1]:F1} ms");
            Write($"  rate a node       {megabytes * 1.048576 / median:F0} MB/s of sum at the median");
            Write($"  a node sends      {(double)result.BytesSent / seconds.Count / (1 << 20):F2} MiB a sum (mean over the nodes)");
            Write($"  managed memory    {result.AllocatedBytes / (result.BytesSent * (double)nodes / (SliceFloats * sizeof(float))):N0} bytes allocated a MiB sent (all ends together)");
        }
        foreach (var party in parties) await party.DisposeAsync();
        return 0;
    }

    private static async Task RunAsync(Plan plan, ReduceParty hub, ReduceParty[] parties, int floats, int steps, Result result)
    {
        hub.Begin(plan);
        var members = parties.Select((party, i) => party.Collectives.Open(plan, i, floats, hub.Address)).ToArray();
        var partials = plan.Members.Select(member => new FinishedPartials(plan.WorkAt(member, plan.FirstStep), floats)).ToArray();
        var sums = parties.Select(_ => new float[floats]).ToArray();
        var (allocated, sent) = (0L, 0L);
        for (var step = 0; step < WarmUpSteps + steps; step++)
        {
            if (step == WarmUpSteps) (allocated, sent) = (GC.GetTotalAllocatedBytes(precise: true), members.Sum(member => member.BytesSent));
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(members.Select((member, i) => Task.Run(() => member.ReduceAsync(step, partials[i], sums[i], CancellationToken.None))));
            if (step >= WarmUpSteps) result.Seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        result.AllocatedBytes += GC.GetTotalAllocatedBytes(precise: true) - allocated;
        foreach (var member in members) await member.DisposeAsync();
        result.BytesSent += (members.Sum(member => member.BytesSent) - sent) / members.Length;
    }

    private static Plan PlanOf(long generation, string reducer, int group, ReduceParty[] parties)
    {
        var plan = new Plan { Run = "0123456789abcdef0123456789abcdef", Generation = generation, Microbatches = Microbatches, Reducer = reducer, GroupSize = group, SliceFloats = SliceFloats };
        for (var i = 0; i < parties.Length; i++)
        {
            var work = new MicrobatchRange { First = Microbatches * i / parties.Length };
            work.Count = Microbatches * (i + 1) / parties.Length - work.First;
            plan.Members.Add(new Member { NodeIndex = i, Node = $"node-{i}", Address = parties[i].Address.ToString(), FirstWork = { work }, Work = work });
        }
        return plan;
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Result
    {
        public List<double> Seconds { get; } = [];

        public long AllocatedBytes { get; set; }

        public long BytesSent { get; set; }
    }

    private sealed class FinishedPartials(MicrobatchSet work, int floats) : IStepPartials
    {
        private readonly float[] _sum = new float[floats];

        public int LengthFloats => floats;

        public MicrobatchSet Work => work;

        public IReadOnlyList<MicrobatchBlock> Blocks { get; } = work.Blocks;

        public Task Changed => Task.CompletedTask;

        public bool IsSummed(int offset, int length) => true;

        public Memory<float> SumOf(MicrobatchBlock block, int offset, int length) => _sum.AsMemory(offset, length);
    }
}
