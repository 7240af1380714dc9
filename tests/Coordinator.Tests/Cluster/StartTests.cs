using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Lockstep.Node.Membership;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

public sealed class StartTests
{
    [Fact]
    public async Task Start_PortInUse_SaysWhichAddressAndWhatToDo()
    {
        await using var first = await TestCluster.StartAsync(TestCluster.Options);

        var refused = await Assert.ThrowsAsync<CoordinatorStartException>(() => TestCluster.StartAsync(TestCluster.Options with { Listen = first.App.Address.ToString() }));

        Assert.Contains($"cannot listen on {first.App.Address}", refused.Message);
        Assert.Contains("choose another port", refused.Message);
    }

    [Fact]
    public async Task Start_ManyErrors_NamesThemAll()
    {
        var options = TestCluster.Options with { Listen = "nowhere", Microbatches = 12, ExpectedNodes = 13, Steps = null };

        var refused = await Assert.ThrowsAsync<ValidationException>(() => TestCluster.StartAsync(options));

        Assert.All(["nowhere", "power of two", "ExpectedNodes is 13", "Steps nor Epochs"], word => Assert.Contains(word, refused.Message));
    }

    [Theory]
    [InlineData("handover", "there is no journal that the next coordinator could go on from: give a folder with --journal")]
    [InlineData("nonsense", "OnTerminate must be 'stop' or 'handover'")]
    public async Task Start_OnTerminateThatCannotBe_SaysWhy(string value, string fault)
    {
        var refused = await Assert.ThrowsAsync<ValidationException>(() => TestCluster.StartAsync(TestCluster.Options with { OnTerminate = value }));

        Assert.Contains(fault, refused.Message);
    }

    [Fact]
    public async Task Start_AddressFile_HoldsTheBoundAddressUntilTheEnd()
    {
        var folder = Directory.CreateTempSubdirectory();
        var file = Path.Combine(folder.FullName, "run", "address");
        try
        {
            await using (var cluster = await TestCluster.StartAsync(TestCluster.Options with { AddressFile = file }))
                Assert.Equal(cluster.App.Address, new Uri(await File.ReadAllTextAsync(file)));
            Assert.False(File.Exists(file));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Status_WhileWaiting_TellsWhatFor()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { RunId = "0123456789abcdef0123456789abcdef" });
        await using var session = await FakeNode.DialAsync(cluster.App.Address, FakeNode.Hello("node-0"));

        var status = await cluster.StatusAsync();

        Assert.Equal(("waiting", "0123456789abcdef0123456789abcdef", 20), (status.Phase, status.Run, status.TotalSteps));
        Assert.Equal(status.Run, session.Welcome.Run);
        Assert.Equal("node-0", Assert.Single(status.Nodes).Node);
    }

    [Fact]
    public async Task Open_WrongRecipe_IsRefusedWithTheRemedy()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        var hello = FakeNode.Hello("node-0");
        hello.RecipeHash = "another";

        var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello));

        Assert.Contains("refused node node-0: its recipe hash another differs", refused.Message);
        Assert.Contains("same recipe", refused.Message);
        Assert.False(refused.Retry);
    }

    [Fact]
    public async Task Open_NobodyListens_MayBeTriedAgain()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://{listener.LocalEndpoint}");
        listener.Stop();

        var unreachable = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(address, FakeNode.Hello("node-0")));

        Assert.True(unreachable.Retry);
    }

    [Fact]
    public async Task Stop_WhileWaiting_EndsStopped()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        await using var session = await FakeNode.DialAsync(cluster.App.Address, FakeNode.Hello("node-0"));

        cluster.App.RequestStop("changed my mind");

        var heard = await session.Events.ReadAllAsync().FirstAsync(happened => happened is not NodeEvent.Pulsed).AsTask().InTime();
        Assert.Equal(Finish.Types.Outcome.Stopped, Assert.IsType<NodeEvent.Finished>(heard).Finish.Outcome);
        await session.DisposeAsync(); // it has heard, and goes
        Assert.Equal(Finish.Types.Outcome.Stopped, (await cluster.App.WaitAsync().InTime()).Outcome);
    }

    [Fact]
    public async Task Run_TokenCancelledBeforeAnyNode_EndsStopped()
    {
        using var cancelled = new CancellationTokenSource();
        var running = CoordinatorApp.RunAsync(TestCluster.Options, static _ => { }, cancelled.Token);

        await cancelled.CancelAsync();

        Assert.Equal(Finish.Types.Outcome.Stopped, (await running.InTime()).Outcome);
    }
}
