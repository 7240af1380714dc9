using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class AllReduceFailureTests
{
    private const int Floats = 2500;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    [InlineData(2, 0)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public async Task Reduce_MemberDiesInMidStep_FailsNamingItAndANewGenerationWorksAtOnce(int group, int victim)
    {
        await using var run = await TestRun.StartAsync(4);
        var plan = run.Plan("direct", group, 4);
        var members = Enumerable.Range(0, 4).Select(i => run.Open(plan, i, Floats)).ToArray();
        var survivors = Enumerable.Range(0, 4).Where(i => i != victim).ToArray();
        var reducing = survivors.Select(i => ReduceAsync(plan, i, members[i])).ToArray();
        await Until(() => survivors.Any(i => members[i].WaitsFor.EndsWith($"of node-{victim}", StringComparison.Ordinal)));

        await run[victim].KillAsync();
        await members[victim].DisposeAsync();

        foreach (var broken in reducing)
        {
            var failed = await Assert.ThrowsAsync<AllReduceException>(() => broken.WaitAsync(TestRun.Limit));
            Assert.True(victim == failed.PeerIndex, failed.Message);
            Assert.Matches($"sum of step 7 failed at slice \\d+ of node-{victim}", failed.Message);
        }

        var next = run.Plan("direct", group, 4);
        next.Members.RemoveAt(victim);
        next.Members[0].FirstWork.Add(plan.Members[victim].FirstWork);
        var again = survivors.ToDictionary(i => i, i => run.Open(next, i, Floats)); // closes the broken one
        var sums = await Task.WhenAll(survivors.Select(i => ReduceAsync(next, i, again[i]))).WaitAsync(TestRun.Limit);
        Assert.All(sums, sum => Assert.Equal(RandomPartials.TreeSum(7, new(0, 16), Floats), sum));
        foreach (var allReduce in members.Concat(again.Values)) await allReduce.DisposeAsync().AsTask().WaitAsync(TestRun.Limit);
    }

    [Theory]
    [InlineData("hub", 0)]
    [InlineData("direct", 0)]
    [InlineData("direct", 2)]
    public async Task Reduce_Cancelled_EndsAtOnceAndTheOthersNameTheNodeThatLeft(string reducer, int group)
    {
        await using var run = await TestRun.StartAsync(4);
        var plan = run.Plan(reducer, group, 4);
        var members = Enumerable.Range(0, 4).Select(i => run.Open(plan, i, Floats)).ToArray();
        using var cancelled = new CancellationTokenSource();
        var reducing = ReduceAsync(plan, 0, members[0], cancelled.Token);
        var others = new[] { 1, 2 }.Select(i => ReduceAsync(plan, i, members[i], cancelled.Token)).ToArray();

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reducing.WaitAsync(TestRun.Limit));
        foreach (var other in others) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.WaitAsync(TestRun.Limit));
        foreach (var member in members) await member.DisposeAsync().AsTask().WaitAsync(TestRun.Limit);
    }

    [Fact]
    public async Task Dispose_InMidStep_EndsOwnSumAndThatOfTheOthers()
    {
        await using var run = await TestRun.StartAsync(3);
        var plan = run.Plan("direct", 0, 3);
        var members = Enumerable.Range(0, 3).Select(i => run.Open(plan, i, Floats)).ToArray();
        var reducing = new[] { 0, 1 }.Select(i => ReduceAsync(plan, i, members[i])).ToArray();

        await members[0].DisposeAsync().AsTask().WaitAsync(TestRun.Limit);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reducing[0].WaitAsync(TestRun.Limit));
        var failed = await Assert.ThrowsAsync<AllReduceException>(() => reducing[1].WaitAsync(TestRun.Limit));
        Assert.Equal(0, failed.PeerIndex);
    }

    [Fact]
    public async Task Open_OwnersPlanComesLater_StreamsWaitForIt()
    {
        await using var run = await TestRun.StartAsync(3);
        var plan = run.Plan("direct", 0, 3);
        var early = new[] { 0, 1 }.Select(i => run.Open(plan, i, Floats)).ToArray();
        var reducing = early.Select((member, i) => ReduceAsync(plan, i, member)).ToList();
        await Until(() => early.All(member => member.WaitsFor.EndsWith("of node-2", StringComparison.Ordinal)));

        var late = run.Open(plan, 2, Floats);
        reducing.Add(ReduceAsync(plan, 2, late));

        var expected = RandomPartials.TreeSum(7, new(0, 16), Floats);
        Assert.All(await Task.WhenAll(reducing).WaitAsync(TestRun.Limit), sum => Assert.Equal(expected, sum));
        foreach (var member in early.Append(late)) await member.DisposeAsync();
    }

    public static TheoryData<Action<ChunkMessage>, string> Refusals => new()
    {
        { chunk => chunk.Data.Span[7] += 1, "checksum" },
        { chunk => chunk.Step = 8, "step 8 is not the step in progress (7)" },
        { chunk => chunk.Block = new(0, 8), "microbatches [0, 8) are not all of node-1, who has [8, 16)" },
        { chunk => chunk.Block = new(9, 2), "not an aligned" },
        { chunk => chunk.Offset = 2400, "no slice of this reducer begins at 2400" },
        { chunk => (chunk.Data, chunk.Checksum) = (new float[3], RawStream.Message(new() { Run = TestRun.Run }, 1, data: new float[3]).Checksum), "has 3 floats, but the slice at 300 has 300" },
        { chunk => chunk.NodeIndex = 0, "the stream changed its run, generation or node" },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task Exchange_UnusableChunk_BreaksTheStreamAndBothEndsKnowWhy(Action<ChunkMessage> spoil, string reason)
    {
        await using var run = await TestRun.StartAsync(2);
        var plan = run.Plan("direct", 0, 2);
        await using var owner = run.Open(plan, 0, Floats);
        var reducing = ReduceAsync(plan, 0, owner);
        using var member = new RawStream(run[0].Address);
        var chunk = RawStream.Message(plan, 1, new(8, 8), 300, new float[300]);
        spoil(chunk);

        await member.SendAsync(RawStream.Message(plan, 1));
        await member.SendAsync(chunk);

        var status = await member.EndAsync();
        Assert.Equal(StatusCode.FailedPrecondition, status.StatusCode);
        Assert.Contains(reason, status.Detail);
        var failed = await Assert.ThrowsAsync<AllReduceException>(() => reducing.WaitAsync(TestRun.Limit));
        Assert.Equal(1, failed.PeerIndex);
        Assert.Contains(reason, failed.Message);
    }

    public static TheoryData<Action<ChunkMessage>, string, string> Strangers => new()
    {
        { greeting => greeting.Generation--, "is over; this node is in generation", RefusalKinds.Stream },
        { greeting => greeting.Run = 1, "is not the run of this node", RefusalKinds.Run },
        { greeting => greeting.NodeIndex = 7, "node number 7 has nothing to exchange here", RefusalKinds.Stream },
        { greeting => (greeting.Data, greeting.Checksum) = (new float[1], RawStream.Message(new() { Run = TestRun.Run }, 1, data: new float[1]).Checksum), "did not begin with a greeting", RefusalKinds.Message },
    };

    [Theory]
    [MemberData(nameof(Strangers), DisableDiscoveryEnumeration = true)]
    public async Task Exchange_StaleOrStrangeStream_IsRefusedCountedByKindAndHarmsNobody(Action<ChunkMessage> spoil, string reason, string kind)
    {
        var counted = new ConcurrentQueue<object?>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "lockstep.refusals") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => { if (count > 0) counted.Enqueue(tags[0].Value); });
        listener.Start();
        await using var run = await TestRun.StartAsync(2);
        var plan = run.Plan("direct", 0, 2);
        var members = new[] { run.Open(plan, 0, Floats), run.Open(plan, 1, Floats) };
        var first = ReduceAsync(plan, 0, members[0]);
        using var stranger = new RawStream(run[0].Address);
        var greeting = RawStream.Message(plan, 1);
        spoil(greeting);

        await stranger.SendAsync(greeting);

        Assert.Contains(reason, (await stranger.EndAsync()).Detail);
        Assert.Contains(kind, counted);
        Assert.Equal(await ReduceAsync(plan, 1, members[1]).WaitAsync(TestRun.Limit), await first.WaitAsync(TestRun.Limit));
        foreach (var member in members) await member.DisposeAsync();
    }

    [Fact]
    public async Task Open_OwnerServesNoAddress_FailsNamingIt()
    {
        await using var run = await TestRun.StartAsync(2);
        var plan = run.Plan("direct", 0, 2);
        plan.Members[1].Address = "";

        var failed = Assert.Throws<AllReduceException>(() => run.Open(plan, 0, Floats));

        Assert.Equal(1, failed.PeerIndex);
        Assert.Contains("node-1 owns slices of generation 1, but serves no address", failed.Message);
    }

    private static async Task<float[]> ReduceAsync(Plan plan, int member, IAllReduce allReduce, CancellationToken ct = default)
    {
        var sum = new float[Floats];
        var partials = RandomPartials.Final(plan.FirstStep, plan.WorkAt(plan.MemberOf(member)!, plan.FirstStep), Floats);
        await allReduce.ReduceAsync(plan.FirstStep, partials, sum, ct);
        return sum;
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TestRun.Limit);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
