using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Lockstep.Protos;

/// <summary>Kestrel, tuned for few long streams of large messages: for the coordinator and for nodes.</summary>
public static class ExchangeHosting
{
    private const int WindowBytes = 8 << 20, MaxConnections = 32_768, ResponseBufferBytes = 4 << 20, ChunkHeaderBytes = 1024;

    /// <summary>A connection that carries nothing for so long is asked whether it still does. Both ends ask.</summary>
    public static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(2);

    /// <summary>A connection that does not answer for so long is broken: the exchange on it is repeated.</summary>
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Tunes the server of a host that serves Exchange, and puts the identity's lock on its door.</summary>
    public static void UseExchange(this IWebHostBuilder host, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(identity);
        host.UseKestrelHttpsConfiguration();
        host.ConfigureKestrel(kestrel => Tune(kestrel, identity));
        host.ConfigureServices(services =>
        {
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<IMemoryPoolFactory<byte>, BlockMemoryPool.Factory>().AddSingleton<Refusals>();
        });
    }

    /// <summary>The longest message that carries a slice.</summary>
    public static int MaxMessageBytes(int sliceFloats) => sliceFloats * sizeof(float) + ChunkHeaderBytes;

    private static void Tune(KestrelServerOptions kestrel, Identity identity)
    {
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            if (identity.UsesTls) endpoint.UseIdentity(identity);
        });
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections; // fewer than file handles: journal and checkpoints want some
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = WindowBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = WindowBytes;
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
    }
}
