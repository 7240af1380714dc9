using Lockstep.Coordinator.Tests.Chunks;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>Coordinator and nodes over real loopback gRPC.</summary>
public sealed class ClusterTests
{
    private const int Floats = 4321;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Run_AnyNumberOfNodes_CompletesWithTheBitsOfTheTreeOnEveryNode(int count)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { ExpectedNodes = count });
        var nodes = Enumerable.Range(0, count).Select(i => new FakeNode(cluster.App.Address, $"node-{i}", Floats)).ToArray();

        var outcomes = await Task.WhenAll(nodes.Select(node => Task.Run(node.RunAsync))).InTime();
        var outcome = await cluster.App.WaitAsync().InTime();

        var expected = Enumerable.Range(0, 20).Select(step => FakeNode.Digest(Contributions.TreeSum(new(0, 8), m => Contributions.Of(step, m, Floats))));
        Assert.All(nodes, node => Assert.Equal(expected, node.Sums));
        Assert.All(outcomes.Append(outcome), finish => Assert.Equal(Finish.Types.Outcome.Completed, finish.Outcome));
        Assert.Single(nodes, node => node.Plans[0].Scribe);
        var status = await cluster.StatusAsync();
        Assert.Equal(("completed", 20, count), (status.Phase, status.CommittedSteps, status.Nodes.Count));
        Assert.Equal(nodes.Sum(node => node.BytesSent), status.ReduceBytesReceived);
        Assert.Equal(20L * count * Floats * sizeof(float), status.ReduceBytesSent);
    }

    [Fact]
    public async Task Run_NodeVanishes_FailsOnTheOthersWithItsName()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { ExpectedNodes = 3 });
        var survivors = new[] { "node-0", "node-2" }.Select(name => new FakeNode(cluster.App.Address, name, Floats)).ToArray();
        var victim = new FakeNode(cluster.App.Address, "node-1", Floats)
        {
            BeforeReduce = static async (session, step) =>
            {
                if (step < 5) return;
                await session.DisposeAsync();
                throw new InvalidOperationException("vanished");
            },
        };

        var running = survivors.Select(node => Task.Run(node.RunAsync)).ToArray();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(victim.RunAsync).InTime());
        var outcomes = await Task.WhenAll(running).InTime();

        Assert.All(outcomes.Append(await cluster.App.WaitAsync().InTime()), finish =>
        {
            Assert.Equal(Finish.Types.Outcome.Failed, finish.Outcome);
            Assert.Contains("node-1 was lost at step 5", finish.Reason);
            Assert.Contains("committed steps: 5", finish.Reason);
        });
    }

    [Fact]
    public async Task Run_NodeFails_EndsForAllWithItsReason()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        var nodes = new[] { "node-0", "node-1" }.Select(name => new FakeNode(cluster.App.Address, name, Floats)
        {
            BeforeReduce = (session, step) => name == "node-1" && step == 2 ? session.FailAsync("the disk is full") : Task.CompletedTask,
        });

        var outcomes = await Task.WhenAll(nodes.Select(node => Task.Run(node.RunAsync))).InTime();

        Assert.All(outcomes, finish => Assert.Contains("node-1 failed at step 2: the disk is full", finish.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_StopRequested_StopsAllAtTheSameStep(bool byCoordinator)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Steps = 1_000_000 });
        var nodes = new[] { "node-0", "node-1" }.Select(name => new FakeNode(cluster.App.Address, name, Floats)
        {
            BeforeReduce = (session, step) =>
            {
                if (name != "node-1" || step != 3) return Task.CompletedTask;
                if (byCoordinator) cluster.App.RequestStop("the test has seen enough");
                else session.Leave("the test has seen enough");
                return Task.CompletedTask;
            },
        }).ToArray();

        var outcomes = await Task.WhenAll(nodes.Select(node => Task.Run(node.RunAsync))).InTime();

        Assert.All(outcomes, finish => Assert.Equal(Finish.Types.Outcome.Stopped, finish.Outcome));
        Assert.All(outcomes, finish => Assert.Contains("the test has seen enough; committed steps: ", finish.Reason));
        Assert.InRange(nodes[0].Sums.Count, 4, 5);
        Assert.Equal(nodes[0].Sums, nodes[1].Sums);
    }

    [Fact]
    public async Task Run_CoordinatorDies_EndsTheSessionWithAClearError()
    {
        var cluster = await TestCluster.StartAsync(TestCluster.Options);
        await using var session = await FakeNode.OpenAsync(cluster.App.Address, FakeNode.Hello("node-0"));
        var ready = session.ReadyAsync(CancellationToken.None);

        await cluster.DisposeAsync();

        var lost = await Assert.ThrowsAsync<Lockstep.Node.Session.SessionException>(() => ready.InTime());
        Assert.Contains("was lost", lost.Message);
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Null(session.Outcome);
    }
}
