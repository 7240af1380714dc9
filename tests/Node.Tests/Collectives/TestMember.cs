using System.Collections.Concurrent;
using Grpc.Core;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>A party of a generation on loopback: a node with its exchanges, or the coordinator's hub alone.</summary>
internal sealed class TestMember : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _connections;

    private TestMember(WebApplication app, Node.Collectives.Collectives collectives, ConcurrentDictionary<string, int> connections) =>
        (_app, Collectives, _connections) = (app, collectives, connections);

    /// <summary>Connections on which streams have come in, from the start on.</summary>
    public int Connections => _connections.Count;

    public Node.Collectives.Collectives Collectives { get; }

    public Uri Address => new(_app.Urls.First());

    /// <summary>The hub's generation; set by the test.</summary>
    public ReduceGeneration? Hub
    {
        get => _app.Services.GetRequiredService<HubBox>().Generation;
        set => _app.Services.GetRequiredService<HubBox>().Generation = value;
    }

    public static Task<TestMember> StartNodeAsync() => StartAsync<NodeCollectiveService>();

    public static Task<TestMember> StartHubAsync() => StartAsync<HubService>();

    /// <summary>Cuts all connections, as the death of the process does.</summary>
    public async Task KillAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<TestMember> StartAsync<TService>() where TService : CollectiveServiceBase
    {
        var collectives = new Node.Collectives.Collectives(Identity.None, NullLogger<Node.Collectives.Collectives>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.UseExchange(Identity.None);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(collectives).AddSingleton<HubBox>();
        builder.Services.AddGrpc();
        var app = builder.Build();
        var connections = new ConcurrentDictionary<string, int>();
        app.Use(next => context =>
        {
            connections.AddOrUpdate(context.Connection.Id, 1, (_, streams) => streams + 1);
            return next(context);
        });
        app.MapGrpcService<TService>();
        await app.StartAsync();
        return new(app, collectives, connections);
    }

    internal sealed class HubBox
    {
        public ReduceGeneration? Generation { get; set; }
    }

    internal sealed class HubService(HubBox box, Refusals refusals) : CollectiveServiceBase
    {
        public override Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context) =>
            ExchangeServer.ServeAsync(requestStream, responseStream, context, _ => new(box.Generation is { } generation ? (generation, null) : (null, "no hub")), refusals);
    }
}
