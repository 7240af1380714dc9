using Grpc.Core;
using Lockstep.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>A reducer for one node with one block, which may spoil its answers or end the stream.</summary>
internal sealed class FakeReducer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeReducer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    /// <param name="answer">Changes a chunk into its answer, or throws the stream's status.</param>
    public static async Task<FakeReducer> StartAsync(Action<ChunkMessage> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(answer);
        builder.Services.AddGrpc();
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    internal sealed class Service(Action<ChunkMessage> answer) : CollectiveServiceBase
    {
        public override async Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                var chunk = requestStream.Current;
                if (chunk.Data.IsEmpty) continue; // the greeting
                chunk.Seal();
                answer(chunk);
                await responseStream.WriteAsync(chunk);
                chunk.Release();
            }
        }
    }
}
