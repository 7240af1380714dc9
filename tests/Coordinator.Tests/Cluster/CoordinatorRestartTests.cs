using Lockstep.Coordinator.Journal;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>A coordinator with a journal that dies and is started again.</summary>
public sealed class CoordinatorRestartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-restart-").FullName;

    private CoordinatorOptions Journalled => TestCluster.Options with { Journal = Path.Combine(_folder, "coordinator"), Steps = 1_000_000, ReturnWaitSeconds = 30 };

    [Theory]
    [InlineData("hub")]
    [InlineData("direct")]
    public async Task Restart_OnTheSamePort_GoesOnWhereItWas(string reducer)
    {
        await using var cluster = await TestCluster.StartAsync(Journalled with { Reducer = reducer });
        await cluster.StartNodesAsync(2);
        await ClusterTests.ReachesAsync(cluster, 5);
        var before = await cluster.StatusAsync();

        await cluster.RestartAsync(Journalled with { Reducer = reducer });
        await GoesOnAsync(cluster);
        var after = await cluster.StatusAsync();
        cluster.App.RequestStop("the test has seen enough");
        await ClusterTests.EndedAsync(cluster);

        Assert.Equal((before.Run, before.Epoch + 1), (after.Run, after.Epoch));
        Assert.True(after.Generation > before.Generation, $"generation {after.Generation} after {before.Generation}");
        Assert.Contains(after.Faults, fault => fault.Kind == "coordinator");
        cluster.AssertSumsOfAQuietRun((await cluster.StatusAsync()).CommittedSteps);
    }

    [Fact]
    public async Task HandOver_InTheMiddleOfARun_EndsAtOnce_AndTheNextOneGoesOn()
    {
        await using var cluster = await TestCluster.StartAsync(Journalled);
        await cluster.StartNodesAsync(2);
        await ClusterTests.ReachesAsync(cluster, 5);
        var before = await cluster.StatusAsync();

        cluster.App.HandOver("the test moves the coordinator");
        var left = await cluster.App.WaitAsync().InTime();
        await cluster.RestartAsync(Journalled);
        await GoesOnAsync(cluster);
        var after = await cluster.StatusAsync();
        cluster.App.RequestStop("the test has seen enough");
        await ClusterTests.EndedAsync(cluster);

        Assert.Equal(Finish.Types.Outcome.Left, left.Outcome);
        Assert.Contains("the test moves the coordinator: it hands over to its journal after", left.Reason);
        Assert.All(cluster.Nodes, node => Assert.Contains(node.Reasons, reason => reason.Contains("it hands over to its journal", StringComparison.Ordinal)));
        Assert.Equal((before.Run, before.Epoch + 1), (after.Run, after.Epoch));
        cluster.AssertSumsOfAQuietRun((await cluster.StatusAsync()).CommittedSteps);
    }

    [Fact]
    public async Task HandOver_AfterTheEnd_LeavesTheEndAsItIs()
    {
        await using var cluster = await TestCluster.StartAsync(Journalled);
        cluster.App.RequestStop("the test has seen enough");
        Assert.Equal(Finish.Types.Outcome.Stopped, (await cluster.App.WaitAsync().InTime()).Outcome);

        cluster.App.HandOver("too late");

        Assert.Equal(Finish.Types.Outcome.Stopped, (await cluster.App.WaitAsync().InTime()).Outcome);
    }

    [Fact]
    public async Task Restart_JournalLost_RefusesTheNodesUntilItMayAdopt()
    {
        await using var cluster = await TestCluster.StartAsync(Journalled);
        await cluster.StartNodesAsync(2);
        await ClusterTests.ReachesAsync(cluster, 5);
        var before = await cluster.StatusAsync();

        var fresh = Journalled with { Journal = Path.Combine(_folder, "fresh") };
        await cluster.RestartAsync(fresh);
        while (!cluster.Nodes.All(node => node.Reasons.Any(reason => reason.Contains("--journal", StringComparison.Ordinal) && reason.Contains("--adopt", StringComparison.Ordinal)))) await Task.Yield();
        Assert.Equal("waiting", (await cluster.StatusAsync()).Phase);

        await cluster.RestartAsync(fresh with { Adopt = true });
        await GoesOnAsync(cluster);
        var after = await cluster.StatusAsync();
        cluster.App.RequestStop("the test has seen enough");
        await ClusterTests.EndedAsync(cluster);

        Assert.Equal(before.Run, after.Run);
        Assert.True(after.Epoch > before.Epoch && after.Generation > before.Generation, $"{after.Epoch}, {after.Generation}");
        cluster.AssertSumsOfAQuietRun((await cluster.StatusAsync()).CommittedSteps);
    }

    [Fact]
    public async Task Restart_AfterAdoption_TheJournalKnowsTheRun()
    {
        var run = new string('f', 32);
        var hello = FakeNode.Hello("node-0");
        (hello.Run, hello.Generation, hello.Epoch, hello.Step) = (run, 4, 3, 7);
        await using var cluster = await TestCluster.StartAsync(Journalled with { Adopt = true });
        await using (var session = await FakeNode.DialAsync(cluster.App.Address, hello)) Assert.Equal((run, 4L), (session.Welcome.Run, session.Welcome.Epoch));

        await cluster.RestartAsync(Journalled);

        Assert.Equal((run, 5L), ((await cluster.StatusAsync()).Run, (await cluster.StatusAsync()).Epoch));
    }

    [Fact]
    public async Task Start_SecondCoordinatorOnTheJournal_IsRefused()
    {
        await using var first = await TestCluster.StartAsync(Journalled);

        var refused = await Assert.ThrowsAsync<JournalException>(() => TestCluster.StartAsync(Journalled));

        Assert.Contains(Journalled.Journal!, refused.Message);
        Assert.Contains("Another coordinator", refused.Message);
    }

    [Fact]
    public async Task Start_JournalOfAnotherRecipe_IsRefused()
    {
        await using (await TestCluster.StartAsync(Journalled))
        {
        }
        var refused = await Assert.ThrowsAsync<CoordinatorStartException>(() => TestCluster.StartAsync(Journalled with { RecipeHash = "another" }));

        Assert.Contains("with recipe recipe, but this coordinator was started with recipe another", refused.Message);
        await using var again = await TestCluster.StartAsync(Journalled); // the refusal has let go of the folder
    }

    [Fact]
    public async Task Start_OutdatedCoordinator_EndsWhenANodeTellsIt()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        var hello = FakeNode.Hello("node-0");
        (hello.Run, hello.Epoch) = (cluster.App.Run, 9);

        for (var dial = 0; dial < 2; dial++)
        {
            var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello));
            Assert.True(refused.Retry, refused.Message); // the run goes on elsewhere: no node may take this coordinator's end for its own
        }

        var finish = await cluster.App.WaitAsync().InTime();
        Assert.Equal(Finish.Types.Outcome.Failed, finish.Outcome);
        Assert.Contains("another coordinator has taken the run over", finish.Reason);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The steps that the coordinator before committed while it was ending do not count.
    private static async Task GoesOnAsync(TestCluster cluster)
    {
        while ((await cluster.StatusAsync()).Phase == "waiting") await Task.Yield();
        await ClusterTests.ReachesAsync(cluster, (int)(await cluster.StatusAsync()).CommittedSteps + 20);
    }
}
