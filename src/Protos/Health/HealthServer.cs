using Lockstep.Protos.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos;

/// <summary>
/// grpc.health.v1.Health on a port of its own, in plain HTTP/2 and without a token, whatever the gRPC port asks for: the probes of
/// Kubernetes can show no certificate. Nothing else is served there.
/// </summary>
public sealed class HealthServer : IAsyncDisposable
{
    // A probe is one short call on a connection of its own.
    private const int MostConnections = 64, MostCallsAConnection = 8, MostMessageBytes = 4 << 10;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5), IdleTimeout = TimeSpan.FromSeconds(10), EndTime = TimeSpan.FromSeconds(1);
    private readonly WebApplication _app;
    private readonly TimeProvider _time;

    private HealthServer(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    /// <summary>Where it listens; with port 0 the port that was free.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Starts to listen.</summary>
    /// <param name="listen">An address with the scheme http.</param>
    /// <param name="vitals">Whose health is told.</param>
    /// <param name="configureLogging">Sinks of the host's log.</param>
    /// <param name="time">Paces the end.</param>
    /// <exception cref="IOException">The address cannot be listened on; other exceptions of Kestrel likewise.</exception>
    public static async Task<HealthServer> StartAsync(string listen, IVitals vitals, Action<ILoggingBuilder> configureLogging, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(vitals);
        var builder = BareHost.Create(listen, configureLogging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = IdleTimeout;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MostCallsAConnection;
        });
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MostMessageBytes);
        builder.Services.AddSingleton(vitals).AddHealthServices();
        var app = builder.Build();
        app.MapGrpcHealthChecksService();
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return new(app, time);
    }

    /// <summary>Closes the port; who still watches is cut off after a second.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(EndTime, _time)) await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
