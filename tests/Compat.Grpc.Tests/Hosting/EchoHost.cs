using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Compat.Grpc.Tests.Hosting;

/// <summary>A server on a loopback port of the system's choice, and a channel to it.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoHost(WebApplication app, GrpcChannelOptions channelOptions)
    {
        _app = app;
        Address = app.Urls.Single();
        Channel = GrpcChannel.ForAddress(Address, channelOptions);
        Client = new Echo.EchoClient(Channel);
    }

    public string Address { get; }

    public int Port => new Uri(Address).Port;

    public GrpcChannel Channel { get; }

    public Echo.EchoClient Client { get; }

    public Handlers Handlers => _app.Services.GetRequiredService<Handlers>();

    public static async Task<EchoHost> StartAsync(
        Handlers? handlers = null,
        Action<GrpcServiceOptions>? server = null,
        GrpcChannelOptions? channel = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(handlers ?? new Handlers());
        builder.Services.AddGrpc(server ?? (_ => { }));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        map?.Invoke(app);
        await app.StartAsync().InTime();
        return new EchoHost(app, channel ?? new GrpcChannelOptions());
    }

    public Task StopAsync() => _app.StopAsync().InTime();

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.StopAsync().InTime();
        await _app.DisposeAsync();
    }
}
