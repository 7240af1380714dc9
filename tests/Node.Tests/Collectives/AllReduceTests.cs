using System.Runtime.InteropServices;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class AllReduceTests
{
    private const int Floats = 5003, Steps = 4;

    public static TheoryData<string> Casts => ["hub", "direct 0", "direct 2", "direct 3", "direct 4", "direct 5"];

    [Theory]
    [MemberData(nameof(Casts))]
    public async Task Reduce_AnyNumberOfMembersAndAnyWork_GivesEveryMemberTheBitsOfTheTree(string cast)
    {
        await using var run = await TestRun.StartAsync(18);
        foreach (var computing in new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 16 })
        {
            await AssertTreeSumsAsync(run, cast, computing, computing % 3, seed: null);
            await AssertTreeSumsAsync(run, cast, computing, (computing + 1) % 3, seed: computing);
        }
    }

    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Casts))]
    public async Task Reduce_ManyRandomMemberships_GivesEveryMemberTheBitsOfTheTree(string cast)
    {
        await using var run = await TestRun.StartAsync(18);
        var random = new Random(1);
        for (var round = 0; round < 60; round++) await AssertTreeSumsAsync(run, cast, random.Next(1, 17), random.Next(3), random.Next());
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(4, 0)]
    [InlineData(8, 0)]
    [InlineData(4, 2)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    public async Task Reduce_DirectAmongAPowerOfTwo_SendsAndReceivesTwiceTheSharesOfTheOthers(int count, int group)
    {
        const int Length = 100_003;
        await using var run = await TestRun.StartAsync(count);
        var plan = run.Plan("direct", group, count, sliceFloats: 4096);
        var members = plan.Members.Select(member => run.Open(plan, member.NodeIndex, Length)).ToArray();

        await Task.WhenAll(plan.Members.Select((member, i) => Task.Run(() => members[i].ReduceAsync(
            plan.FirstStep, RandomPartials.Final(plan.FirstStep, plan.WorkAt(member, plan.FirstStep), Length), new float[Length], CancellationToken.None)))).WaitAsync(TestRun.Limit);

        var expected = 2.0 * (count - 1) / count * Length * sizeof(float);
        Assert.All(members, member => Assert.InRange(member.BytesReceived, 0.99 * expected, 1.01 * expected));
        foreach (var member in members) await member.DisposeAsync(); // a sent slice is counted a little after the others have it
        Assert.All(members, member => Assert.InRange(member.BytesSent, 0.99 * expected, 1.01 * expected));
        Assert.All(members, member => Assert.True(member.SlicesDone > Length / 4096));
    }

    [Theory]
    [InlineData("hub", 0)]
    [InlineData("direct", 2)]
    public async Task Open_NextGeneration_StreamsComeOnTheConnectionsOfTheOneBefore(string reducer, int perMember)
    {
        await using var run = await TestRun.StartAsync(3);
        for (var generation = 0; generation < 3; generation++)
        {
            var plan = run.Plan(reducer, 0, 3);
            var members = plan.Members.Select(member => run.Open(plan, member.NodeIndex, Floats)).ToArray();
            await Task.WhenAll(plan.Members.Select((member, i) => Task.Run(() => RaceAsync(plan, member, members[i])))).WaitAsync(TestRun.Limit);
            foreach (var member in members) await member.DisposeAsync();
        }

        Assert.Equal(reducer == "hub" ? 3 : 0, run.Hub.Connections);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(perMember, run[i].Connections));
    }

    [Fact]
    public async Task Reduce_ListenerComesInLate_HearsTheStepsFromThereOn()
    {
        await using var run = await TestRun.StartAsync(3);
        var plan = run.Plan("direct", 0, 2, listening: 1);
        var members = plan.Members.ToDictionary(member => member.NodeIndex, member => run.Open(plan, member.NodeIndex, Floats));
        var expected = Bits(RandomPartials.TreeSum(plan.FirstStep + Steps - 1, new(0, plan.Microbatches), Floats));

        var computing = Task.WhenAll(plan.Members.Where(member => !member.Listens).Select(member => Task.Run(() => RaceAsync(plan, member, members[member.NodeIndex]))));
        await computing.WaitAsync(TestRun.Limit);
        var sum = new float[Floats];
        var last = plan.FirstStep + Steps - 1;
        await members[2].ReduceAsync(last, RandomPartials.Final(last, MicrobatchSet.Empty, Floats), sum, CancellationToken.None).WaitAsync(TestRun.Limit);

        Assert.Equal(expected, Bits(sum));
        foreach (var member in members.Values) await member.DisposeAsync();
    }

    private static async Task AssertTreeSumsAsync(TestRun run, string cast, int computing, int listening, int? seed)
    {
        var (reducer, group, microbatches) = (cast.Split(' ')[0], int.Parse(cast.Split(' ').ElementAtOrDefault(1) ?? "0", null), computing % 2 == 0 ? 16 : 32);
        var plan = run.Plan(reducer, group, computing, listening, microbatches, seed: seed);
        var expected = Enumerable.Range(0, Steps).Select(i => Bits(RandomPartials.TreeSum(plan.FirstStep + i, new(0, microbatches), Floats))).ToArray();
        var members = plan.Members.Select(member => run.Open(plan, member.NodeIndex, Floats)).ToArray();

        var sums = await Task.WhenAll(plan.Members.Select((member, i) => Task.Run(() => RaceAsync(plan, member, members[i])))).WaitAsync(TestRun.Limit);

        Assert.All(sums, ofMember => Assert.Equal(expected, ofMember));
        Assert.All(members, member => Assert.Equal("", member.WaitsFor));
        foreach (var member in members) await member.DisposeAsync().AsTask().WaitAsync(TestRun.Limit);
    }

    // Every member goes its own way through the steps, at its own pace, with its slices final in an order of its own.
    private static async Task<int[][]> RaceAsync(Plan plan, Member member, IAllReduce allReduce)
    {
        var (sums, sum) = (new List<int[]>(), new float[Floats]);
        for (var step = plan.FirstStep; step < plan.FirstStep + Steps; step++)
        {
            var partials = RandomPartials.InBackward(step, plan.WorkAt(member, step), Floats);
            var reducing = allReduce.ReduceAsync(step, partials, sum, CancellationToken.None);
            await partials.FinishInAnyOrder(member.NodeIndex);
            await reducing;
            sums.Add(Bits(sum));
        }
        return [.. sums];
    }

    private static int[] Bits(ReadOnlySpan<float> floats) => MemoryMarshal.Cast<float, int>(floats).ToArray();
}
