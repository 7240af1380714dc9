using Grpc.Net.Client;
using Lockstep.Coordinator.Tests.Chunks;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging;
using Xunit;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>A coordinator on loopback and nodes, in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const int Floats = 4321, Microbatches = 8;

    public static readonly CoordinatorOptions Options = new()
    {
        Listen = "http://127.0.0.1:0",
        ExpectedNodes = 2,
        RecipeHash = "recipe",
        Steps = 20,
        Epochs = 0,
        GlobalBatch = 64,
        Microbatches = Microbatches,
        Reducer = "hub",
        SliceFloats = 1000,
        NodeTimeoutSeconds = 30,
        AllowMixed = false,
    };

    private readonly List<FakeNode> _nodes = [];

    private TestCluster(CoordinatorApp app) => App = app;

    public CoordinatorApp App { get; private set; }

    public IReadOnlyList<FakeNode> Nodes => _nodes;

    public static async Task<TestCluster> StartAsync(CoordinatorOptions options, Action<ILoggingBuilder>? logging = null) => new(await StartAppAsync(options, logging));

    /// <summary>Starts node-0, node-1 and so on.</summary>
    /// <param name="beforeCompute">Awaited by a node, given by number, before it computes a step.</param>
    /// <param name="identity">The nodes'; null: plain text.</param>
    public async Task StartNodesAsync(int count, Func<int, long, Task>? beforeCompute = null, Identity? identity = null)
    {
        for (var i = 0; i < count; i++)
        {
            var number = _nodes.Count;
            _nodes.Add(await FakeNode.StartAsync(App.Address, $"node-{number}", Floats, step => beforeCompute?.Invoke(number, step) ?? Task.CompletedTask, identity));
        }
    }

    /// <summary>The end of the coordinator's process, and another on the same port.</summary>
    public async Task RestartAsync(CoordinatorOptions options)
    {
        var address = App.Address;
        await App.DisposeAsync().AsTask().InTime();
        App = await StartAppAsync(options with { Listen = address.ToString() });
    }

    /// <summary>Every node that applied a step applied the tree's sum of it, and together they applied all steps.</summary>
    public void AssertSumsOfAQuietRun(long steps)
    {
        for (var step = 0L; step < steps; step++)
        {
            var expected = FakeNode.Digest(Contributions.TreeSum(new(0, Microbatches), m => Contributions.Of(step, m, Floats)));
            Assert.True(_nodes.Any(node => node.Applied.ContainsKey(step)), $"nobody applied step {step} of {steps}; {Story()}");
            Assert.All(_nodes, node => Assert.Equal(expected, node.Applied.GetValueOrDefault(step, expected)));
        }
        Assert.All(_nodes, node => Assert.DoesNotContain(node.Applied.Keys, step => step >= steps));
    }

    /// <summary>What the nodes did and why, for a test that fails.</summary>
    public string Story() => string.Join("; ", _nodes.Select(node => $"{node.Name}: {string.Join(" | ", node.Reasons)}"));

    public async Task<RunStatus> StatusAsync()
    {
        using var channel = GrpcChannel.ForAddress(App.Address);
        return await new ControlPlane.CoordinatorClient(channel).GetStatusAsync(new StatusRequest()).ResponseAsync.InTime();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await App.DisposeAsync();
    }

    private static Task<CoordinatorApp> StartAppAsync(CoordinatorOptions options, Action<ILoggingBuilder>? logging = null) =>
        CoordinatorApp.StartAsync(options, logging ?? (static quiet => quiet.SetMinimumLevel(LogLevel.Warning)), TimeProvider.System).InTime();
}
