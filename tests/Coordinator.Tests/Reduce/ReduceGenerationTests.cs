using Lockstep.Coordinator.Tests.Chunks;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Reduce;

/// <summary>What an owner of slices does, without a wire.</summary>
public sealed class ReduceGenerationTests
{
    private const int Slice = 64;
    private const string Run = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Take_MemberDoesNotRead_HoldsTheOthersBackUntilTheGenerationEnds()
    {
        using var hub = ReduceGeneration.ForHub(PlanOf("hub", 2));
        var links = Attach(hub, 0, 1);
        var taken = new List<ValueTask<string?>>();

        // Node 1 reads, node 0 does not: its queue fills, and then whoever completes one more slice waits.
        while (taken.Count < 100 && taken.All(task => task.IsCompleted))
        {
            await hub.TakeAsync(links[1], Chunk(1, new(4, 4), taken.Count * Slice));
            taken.Add(hub.TakeAsync(links[0], Chunk(0, new(0, 4), taken.Count * Slice)));
            while (links[1].Sums.Chunks.TryRead(out var sum)) sum.Release();
        }

        Assert.InRange(taken.Count, 2, 40);
        Assert.False(taken[^1].IsCompleted);
        hub.End(null);
        Assert.Null(await taken[^1].AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.False(links[0].Sums.Chunks.TryRead(out _));
    }

    [Fact]
    public void Attach_SecondStreamOfAMember_IsRefused()
    {
        using var hub = ReduceGeneration.ForHub(PlanOf("hub", 2));
        Attach(hub, 0);

        Assert.Contains("node-0 already has an exchange stream in generation 3", hub.Attach(Chunk(0, default, 0, data: [])).Refusal);
    }

    [Fact]
    public async Task Take_SliceBetweenTheSlices_IsRefused()
    {
        using var hub = ReduceGeneration.ForHub(PlanOf("hub", 2));

        Assert.Contains("no slice of this reducer begins at 1", await hub.TakeAsync(Attach(hub, 0)[0], Chunk(0, new(0, 4), 1)));
    }

    [Fact]
    public async Task Lost_Listener_IsNoFaultOfTheGeneration()
    {
        var plan = PlanOf("direct", 2);
        plan.Members.Add(new Member { NodeIndex = 2, Node = "node-2", Listens = true });
        var node = new Sums();
        using var generation = ReduceGeneration.ForMember(ReduceRoute.Of(plan, 4 * Slice), 0, _ => new(), node);
        var links = Attach(generation, 1, 2);

        generation.Lost(links[1], "gone", isEcho: false);
        await generation.AddAsync(Chunk(0, new(0, 4), 0));
        await generation.TakeAsync(links[0], Chunk(1, new(4, 4), 0));

        Assert.Empty(node.Faults);
        Assert.Equal(1, node.Received);
        generation.Lost(links[0], "gone too", isEcho: false);
        Assert.Equal(1, Assert.Single(node.Faults).PeerIndex);
    }

    [Fact]
    public void DirectSliceFromPartsToSums_InSteadyState_AllocatesNothing()
    {
        var plan = PlanOf("direct", 2);
        using var generation = ReduceGeneration.ForMember(ReduceRoute.Of(plan, 4 * Slice), 0, _ => new(), new Sums());
        var link = Attach(generation, 1)[0];
        for (var step = 0; step < 10; step++) Step(step);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 10; step < 60; step++) Step(step);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step(int step)
        {
            for (var offset = 0; offset < 2 * Slice; offset += Slice)
            {
                Check(generation.AddAsync(Fill(step, 0, new(0, 4), offset)));
                Check(generation.TakeAsync(link, Fill(step, 1, new(4, 4), offset)));
                link.Sums.Chunks.TryRead(out var sum);
                sum!.Release();
            }
        }

        static ChunkMessage Fill(int step, int member, MicrobatchBlock block, int offset)
        {
            var chunk = ChunkPool.Shared.Rent(Slice);
            (chunk.Run, chunk.Generation, chunk.NodeIndex, chunk.Step, chunk.Block, chunk.Offset) = (0x0123456789abcdef, 3, member, step, block, offset);
            chunk.Data.Span.Fill(1);
            return chunk;
        }

        static void Check(ValueTask<string?> task)
        {
            if (!task.IsCompletedSuccessfully || task.Result is not null) throw new InvalidOperationException("not taken at once");
        }
    }

    private static Plan PlanOf(string reducer, int members)
    {
        var plan = new Plan { Run = Run, Generation = 3, Microbatches = 8, Reducer = reducer, SliceFloats = Slice };
        for (var i = 0; i < members; i++)
        {
            var work = new MicrobatchRange { First = 8 / members * i, Count = 8 / members };
            plan.Members.Add(new Member { NodeIndex = i, Node = $"node-{i}", FirstWork = { work }, Work = work });
        }
        return plan;
    }

    private static MemberLink[] Attach(ReduceGeneration generation, params int[] members) =>
        [.. members.Select(member => generation.Attach(Chunk(member, default, 0, data: [])).Link!)];

    private static ChunkMessage Chunk(int member, MicrobatchBlock block, long offset, float[]? data = null) =>
        new() { Run = RunTag.Of(Run), Generation = 3, NodeIndex = member, Block = block, Offset = offset, Data = data ?? Contributions.Of(0, block.First, Slice) };

    private sealed class Sums : ISumListener
    {
        public int Received { get; private set; }

        public List<PeerFault> Faults { get; } = [];

        public ValueTask ReceiveAsync(ChunkMessage sum)
        {
            Received++;
            sum.Release();
            return ValueTask.CompletedTask;
        }

        public void Lost(PeerFault fault) => Faults.Add(fault);
    }
}
