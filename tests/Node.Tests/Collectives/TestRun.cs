using Lockstep.Node.Collectives;
using Lockstep.Protos;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>Members and a hub on loopback, and generations among them.</summary>
internal sealed class TestRun : IAsyncDisposable
{
    public const string Run = "0123456789abcdef0123456789abcdef";
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly List<TestMember> _members = [];
    private long _generation;

    private TestRun(TestMember hub) => Hub = hub;

    public TestMember Hub { get; }

    public TestMember this[int index] => _members[index];

    public static async Task<TestRun> StartAsync(int members)
    {
        var run = new TestRun(await TestMember.StartHubAsync());
        for (var i = 0; i < members; i++) run._members.Add(await TestMember.StartNodeAsync());
        return run;
    }

    /// <summary>A plan among the first members, the last of whom listen. Work at first_step is random when there is a seed.</summary>
    public Plan Plan(string reducer, int groupSize, int computing, int listening = 0, int microbatches = 16, int sliceFloats = 300, int? seed = null, long firstStep = 7)
    {
        var plan = Shape(++_generation, reducer, groupSize, computing, listening, microbatches, sliceFloats, seed, firstStep);
        foreach (var member in plan.Members) member.Address = _members[member.NodeIndex].Address.ToString();
        return plan;
    }

    /// <summary>The same, without addresses.</summary>
    public static Plan Shape(long generation, string reducer, int groupSize, int computing, int listening = 0, int microbatches = 16, int sliceFloats = 300, int? seed = null, long firstStep = 7)
    {
        var plan = new Plan { Run = Run, Generation = generation, FirstStep = firstStep, Microbatches = microbatches, Reducer = reducer, GroupSize = groupSize, SliceFloats = sliceFloats };
        var at = 0;
        for (var i = 0; i < computing; i++)
        {
            var end = microbatches * (i + 1) / computing;
            plan.Members.Add(new Member { NodeIndex = i, Node = $"node-{i}", Work = new() { First = at, Count = end - at } });
            at = end;
        }
        for (var i = 0; i < listening; i++) plan.Members.Insert(i * 2 % (computing + 1), new Member { NodeIndex = computing + i, Node = $"node-{computing + i}", Listens = true });

        var members = plan.Members.Where(member => !member.Listens).ToArray();
        if (seed is null)
        {
            foreach (var member in members) member.FirstWork.Add(member.Work);
            return plan;
        }
        var random = new Random(seed.Value);
        foreach (var share in Enumerable.Range(0, microbatches).GroupBy(_ => random.Next(computing)))
            members[share.Key].FirstWork.AddRange(MicrobatchSet.Of(share.Select(m => new MicrobatchBlock(m, 1))).ToMessages());
        return plan;
    }

    public IAllReduce Open(Plan plan, int member, int floats)
    {
        if (plan.Reducer == "hub" && Hub.Hub?.Generation != plan.Generation)
        {
            Hub.Hub?.Dispose();
            Hub.Hub = ReduceGeneration.ForHub(plan);
        }
        return _members[member].Collectives.Open(plan, member, floats, Hub.Address);
    }

    public async ValueTask DisposeAsync()
    {
        Hub.Hub?.Dispose();
        await Task.WhenAll(_members.Append(Hub).Select(member => member.DisposeAsync().AsTask()));
    }
}
