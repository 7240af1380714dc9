using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>Coordinator and nodes over real loopback gRPC; whatever happens, the sums are those of a quiet run.</summary>
public sealed class ClusterTests
{
    private const int Floats = TestCluster.Floats;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Run_AnyNumberOfNodes_CompletesWithTheBitsOfTheTreeOnEveryNode(int count)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { ExpectedNodes = count });
        await cluster.StartNodesAsync(count);

        var outcomes = await EndedAsync(cluster);

        cluster.AssertSumsOfAQuietRun(20);
        Assert.All(outcomes, finish => Assert.Equal(Finish.Types.Outcome.Completed, finish.Outcome));
        Assert.All(cluster.Nodes, node => Assert.Equal(20, node.Applied.Count));
        var status = await cluster.StatusAsync();
        Assert.Equal(("completed", 20, count), (status.Phase, status.CommittedSteps, status.Nodes.Count));
        Assert.Equal((0, 20 * TestCluster.Microbatches), (status.LostMicrobatches, status.ComputedMicrobatches));
        Assert.Equal(cluster.Nodes.Sum(node => node.BytesSent), status.ReduceBytesReceived);
        Assert.Equal(20L * count * Floats * sizeof(float), status.ReduceBytesSent);
    }

    [Theory]
    [InlineData("hub", 3, 0)]
    [InlineData("hub", 3, 1)]
    [InlineData("direct", 3, 0)]
    [InlineData("direct", 4, 2)]
    public async Task Run_NodeIsKilledInTheMiddleOfAStep_TheOthersFinishIt(string reducer, int count, int victim)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { ExpectedNodes = count, Reducer = reducer });
        await cluster.StartNodesAsync(count, (number, step) =>
        {
            if (number != victim || step < 5) return Task.CompletedTask;
            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        });

        await reached.Task.InTime();
        await cluster.Nodes[victim].KillAsync().InTime();
        var outcomes = await EndedAsync(cluster, but: victim);

        Assert.All(outcomes, finish => Assert.Equal(Finish.Types.Outcome.Completed, finish.Outcome));
        cluster.AssertSumsOfAQuietRun(20);
        Assert.Equal(5, cluster.Nodes[victim].Applied.Count);
        var lost = cluster.Nodes[victim].Plans.Last().Members.Single(member => member.Node == $"node-{victim}").Work.Count;
        var status = await cluster.StatusAsync();
        Assert.Equal(lost, status.LostMicrobatches);
        Assert.Equal(("lost", $"node-{victim}"), (status.Faults[0].Kind, status.Faults[0].Node));
        Assert.Equal(20L * TestCluster.Microbatches, status.ComputedMicrobatches); // nobody computed anything twice
    }

    [Fact]
    public async Task Run_NodeFails_TheOtherGoesOn()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        await cluster.StartNodesAsync(2, (number, step) =>
        {
            if (number == 1 && step == 2) cluster.Nodes[1].Break("the disk is full");
            return Task.CompletedTask;
        });

        var outcomes = await EndedAsync(cluster);

        Assert.Equal([Finish.Types.Outcome.Completed, Finish.Types.Outcome.Completed, Finish.Types.Outcome.Failed], outcomes.Select(finish => finish.Outcome).Order());
        Assert.Contains("the disk is full", (await cluster.StatusAsync()).Faults[0].Text);
        cluster.AssertSumsOfAQuietRun(20);
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("direct")]
    public async Task Run_NodeLeaves_TheOthersGoOnAndNothingIsComputedAgain(string reducer)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { ExpectedNodes = 3, Reducer = reducer });
        await cluster.StartNodesAsync(3, (number, step) =>
        {
            if (number == 0 && step == 4) cluster.Nodes[0].Leave("node-0 was asked to stop");
            return Task.CompletedTask;
        });

        var outcomes = await EndedAsync(cluster);

        Assert.Equal([Finish.Types.Outcome.Completed, Finish.Types.Outcome.Completed, Finish.Types.Outcome.Completed, Finish.Types.Outcome.Left], outcomes.Select(finish => finish.Outcome).Order());
        cluster.AssertSumsOfAQuietRun(20);
        var status = await cluster.StatusAsync();
        Assert.Equal(0, status.LostMicrobatches);
        Assert.Empty(status.Faults);
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("direct")]
    public async Task Run_NodeJoins_CatchesUpAndComputes(string reducer)
    {
        var works = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Steps = 1_000_000, Reducer = reducer });
        await cluster.StartNodesAsync(2);
        await ReachesAsync(cluster, 5);
        await cluster.StartNodesAsync(1, (_, _) =>
        {
            works.TrySetResult();
            return Task.CompletedTask;
        });

        await works.Task.InTime();
        cluster.App.RequestStop("the test has seen enough");
        var outcomes = await EndedAsync(cluster);

        Assert.All(outcomes, finish => Assert.Equal(Finish.Types.Outcome.Stopped, finish.Outcome));
        var status = await cluster.StatusAsync();
        cluster.AssertSumsOfAQuietRun(status.CommittedSteps);
        Assert.False(cluster.Nodes[2].Applied.ContainsKey(0)); // it came later
        Assert.Equal(0, status.LostMicrobatches);
    }

    [Fact]
    public async Task Run_KilledNodeIsStartedAgain_TakesPartAgain()
    {
        var (reached, works) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Steps = 1_000_000 });
        await cluster.StartNodesAsync(2, (number, step) =>
        {
            if (number != 1 || step < 3) return Task.CompletedTask;
            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        });
        await reached.Task.InTime();
        await cluster.Nodes[1].KillAsync().InTime();
        await using var again = await FakeNode.StartAsync(cluster.App.Address, "node-1", Floats, _ =>
        {
            works.TrySetResult();
            return Task.CompletedTask;
        });

        await works.Task.InTime();
        cluster.App.RequestStop("the test has seen enough");
        await EndedAsync(cluster, but: 1);

        Assert.Equal(Finish.Types.Outcome.Stopped, (await again.Ended.InTime()).Outcome);
        cluster.AssertSumsOfAQuietRun((await cluster.StatusAsync()).CommittedSteps);
    }

    [Fact]
    public async Task Run_StopRequested_StopsAllAtTheSameStep()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Steps = 1_000_000 });
        await cluster.StartNodesAsync(2, (number, step) =>
        {
            if (number == 1 && step == 3) cluster.App.RequestStop("the test has seen enough");
            return Task.CompletedTask;
        });

        var outcomes = await EndedAsync(cluster);

        Assert.All(outcomes, finish => Assert.Equal(Finish.Types.Outcome.Stopped, finish.Outcome));
        Assert.All(outcomes, finish => Assert.Contains("the test has seen enough; committed steps: ", finish.Reason));
        Assert.InRange(cluster.Nodes[0].Applied.Count, 4, 5);
        Assert.Equal(cluster.Nodes[0].Applied.Count, cluster.Nodes[1].Applied.Count);
    }

    /// <summary>How the run ended for the nodes that live and, last, for the coordinator.</summary>
    internal static async Task<IReadOnlyList<Finish>> EndedAsync(TestCluster cluster, int but = -1) =>
        [.. await Task.WhenAll(cluster.Nodes.Where((_, i) => i != but).Select(node => node.Ended)).InTime(), await cluster.App.WaitAsync().InTime()];

    internal static async Task ReachesAsync(TestCluster cluster, int step)
    {
        while ((await cluster.StatusAsync()).CommittedSteps < step) await Task.Yield();
    }
}
