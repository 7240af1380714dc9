using Grpc.Core;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Benchmarks;

/// <summary>A node of the benchmark `reduce`, or its hub: whoever owns slices, without a session.</summary>
internal sealed class ReduceParty : IAsyncDisposable
{
    private readonly WebApplication _app;
    private ReduceGeneration? _hub;

    private ReduceParty()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.UseExchange(Identity.None);
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc().AddServiceOptions<Service>(grpc => grpc.MaxReceiveMessageSize = null);
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public Collectives Collectives { get; } = new(Identity.None, NullLogger<Collectives>.Instance);

    public Uri Address => new(_app.Urls.First());

    public static async Task<ReduceParty> StartAsync()
    {
        var party = new ReduceParty();
        await party._app.StartAsync();
        return party;
    }

    /// <summary>The hub's next generation, when that is its reducer.</summary>
    public void Begin(Plan plan)
    {
        _hub?.Dispose();
        _hub = plan.Reducer == "hub" ? ReduceGeneration.ForHub(plan) : null;
    }

    public async ValueTask DisposeAsync()
    {
        _hub?.Dispose();
        await _app.DisposeAsync();
    }

    internal sealed class Service(ReduceParty party, Refusals refusals) : CollectiveServiceBase
    {
        private readonly NodeCollectiveService _node = new(party.Collectives, refusals);

        public override Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context) =>
            party._hub is { } hub
                ? ExchangeServer.ServeAsync(requestStream, responseStream, context, _ => new((hub, null)), refusals)
                : _node.Exchange(requestStream, responseStream, context);
    }
}
