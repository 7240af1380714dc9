using System.Net;
using System.Net.Sockets;
using Lockstep.Cluster.Tests.Chaos;

namespace Lockstep.Cluster.Tests;

/// <summary>lockstep health, against real processes.</summary>
public sealed class HealthCommandTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    private const int Terminate = 15;

    [Fact]
    public async Task Health_OfANode_LivesWithoutACoordinator_AndIsReadyWithOne()
    {
        var (coordinatorAt, nodeAt) = ($"http://127.0.0.1:{FreePort.Take()}", $"http://127.0.0.1:{FreePort.Take()}");
        var recipe = Path.Combine(samples.Folder, "tiny.json");
        using var node = Tool.Start(samples.Folder, "node", recipe, $"Run:Folder={Path.Combine(samples.Folder, "health")}", $"Data:Train={samples.Train}",
            "Node:Name=a", "Node:ConnectTimeoutSeconds=600", $"Node:Coordinator={coordinatorAt}", $"Node:Listen={nodeAt}", "--leave-status", "75");

        await UntilAsync(nodeAt, "lockstep.startup", node);
        Assert.Equal(0, await AskAsync(nodeAt, ""));
        Assert.Equal(0, await AskAsync(nodeAt, "lockstep.live")); // it dials, so it is alive
        Assert.Equal(1, await AskAsync(nodeAt, "lockstep.ready"));

        // With a second node that never comes: the run does not end under the test.
        using var coordinator = Tool.Start(samples.Folder, "coordinator", recipe, $"Cluster:Listen={coordinatorAt}", "Cluster:Nodes=2", "Run:Folder=unused");
        await UntilAsync(coordinatorAt, "lockstep.ready", coordinator);
        await UntilAsync(nodeAt, "lockstep.ready", node);

        node.Signal(Terminate);
        Assert.Equal(75, await node.ExitAsync());
        coordinator.Signal(Terminate);
        Assert.Equal(0, await coordinator.ExitAsync());
    }

    [Fact]
    public async Task HealthListen_WithMutualTlsAndAToken_IsAnsweredInPlain()
    {
        var certificates = Path.Combine(samples.Folder, "health-certs");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "certs", certificates, "--hosts", "127.0.0.1");
        Assert.True(exit == 0, output);
        var (coordinatorAt, coordinatorHealth, nodeAt, nodeHealth) = (FreePort.Take(), $"http://127.0.0.1:{FreePort.Take()}", FreePort.Take(), $"http://127.0.0.1:{FreePort.Take()}");

        using var coordinator = Start("coordinator", $"Cluster:Listen=https://127.0.0.1:{coordinatorAt}", "Cluster:Nodes=2", $"Cluster:HealthListen={coordinatorHealth}");
        using var node = Start("node", $"Data:Train={samples.Train}", $"Node:Coordinator=https://127.0.0.1:{coordinatorAt}", $"Node:Listen=https://127.0.0.1:{nodeAt}", $"Node:HealthListen={nodeHealth}");
        await UntilAsync(coordinatorHealth, "lockstep.ready", coordinator);
        await UntilAsync(nodeHealth, "lockstep.ready", node); // so it has been let in, by its certificate

        // Without a certificate the other doors stay shut.
        foreach (var port in (int[])[coordinatorAt, nodeAt])
        {
            Assert.Equal(1, await AskAsync($"https://127.0.0.1:{port}", "lockstep.live"));
            Assert.Equal(1, await AskAsync($"http://127.0.0.1:{port}", "lockstep.live"));
        }

        Tool Start(string command, params string[] settings) => Tool.Start(samples.Folder, [command, Path.Combine(samples.Folder, "tiny.json"), $"Run:Folder={Path.Combine(samples.Folder, "health-tls")}", .. settings,
            $"Security:Ca={certificates}/ca.pem", $"Security:Certificate={certificates}/{command}.pem", $"Security:Key={certificates}/{command}.key", $"Security:TokenFile={certificates}/token"]);
    }

    [Fact]
    public async Task HealthListen_OfANode_PortInUse_IsNamed()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (exit, output) = await Tool.RunAsync(samples.Folder, "node", Path.Combine(samples.Folder, "tiny.json"), $"Run:Folder={Path.Combine(samples.Folder, "health-taken")}",
            $"Data:Train={samples.Train}", $"Node:HealthListen=http://{taken.LocalEndpoint}");
        Assert.Equal(1, exit);
        Assert.Contains($"the node cannot listen on Node:HealthListen=http://{taken.LocalEndpoint}", output);
        Assert.Contains("address already in use", output);
    }

    [Fact]
    public async Task Health_WhereNobodyListens_FailsWithTheAddress()
    {
        var address = $"http://127.0.0.1:{FreePort.Take()}";
        var (exit, output) = await Tool.RunAsync(samples.Folder, "health", address);
        Assert.Equal(1, exit);
        Assert.Contains($"{address}/ does not answer", output);
        Assert.Contains("Does a coordinator or a node listen there?", output);
    }

    [Theory]
    [InlineData("ADDRESS is '127.0.0.1:7000'", "127.0.0.1:7000")]
    [InlineData("ADDRESS is 'ftp://127.0.0.1:7000'", "ftp://127.0.0.1:7000")]
    [InlineData("--timeout wants seconds", "http://127.0.0.1:7000", "--timeout", "0")]
    public async Task Health_WrongUse_IsRefused(string message, params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, ["health", .. arguments]);
        Assert.Equal(2, exit);
        Assert.Contains(message, output);
    }

    private async Task<int> AskAsync(string address, string service) => (await Tool.RunAsync(samples.Folder, "health", address, "--service", service)).ExitCode;

    // Polls another process.
    private async Task UntilAsync(string address, string service, Tool tool)
    {
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        while (await AskAsync(address, service) != 0)
        {
            tool.MustRun($"{service} is well");
            await Task.Delay(100, timeout.Token);
        }
    }
}
