using Grpc.Net.Client;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>A coordinator on loopback, in this process.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public static readonly CoordinatorOptions Options = new()
    {
        Listen = "http://127.0.0.1:0",
        ExpectedNodes = 2,
        RecipeHash = "recipe",
        Steps = 20,
        Epochs = 0,
        GlobalBatch = 64,
        Microbatches = 8,
        Reducer = "hub",
        SliceFloats = 1000,
        NodeTimeoutSeconds = 30,
        AllowMixed = false,
    };

    private TestCluster(CoordinatorApp app) => App = app;

    public CoordinatorApp App { get; }

    public static async Task<TestCluster> StartAsync(CoordinatorOptions options) =>
        new(await CoordinatorApp.StartAsync(options, static logging => logging.SetMinimumLevel(LogLevel.Warning), TimeProvider.System).InTime());

    public async Task<RunStatus> StatusAsync()
    {
        using var channel = GrpcChannel.ForAddress(App.Address);
        return await new ControlPlane.CoordinatorClient(channel).GetStatusAsync(new StatusRequest()).ResponseAsync.InTime();
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
