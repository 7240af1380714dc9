using Grpc.Net.Client;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Node.Session;

/// <summary>Opens connections to the coordinator and to other nodes, tuned for long streams of large messages.</summary>
public static class CoordinatorChannel
{
    // Room for a slice in flight on a long, fast line: the default of 64 KiB waits for an answer every 64 KiB.
    private const int WindowBytes = 8 << 20;

    /// <summary>A channel to an address such as http://10.0.0.1:7000; connects when it is first used.</summary>
    /// <param name="address">https where the identity has certificates, otherwise http.</param>
    /// <param name="identity">What is shown to the other side, and whom to believe.</param>
    public static GrpcChannel Open(Uri address, Identity identity) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new TokenHandler(identity, new SocketsHttpHandler
        {
            SslOptions = identity.ClientOptions(),
            // Nodes talk to each other, never through a proxy that http_proxy may name.
            UseProxy = false,
            InitialHttp2StreamWindowSize = WindowBytes,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = ExchangeHosting.PingDelay,
            KeepAlivePingTimeout = ExchangeHosting.PingTimeout,
        }),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        MaxSendMessageSize = null,
        // The caller paces its attempts itself: by default the channel refuses them for up to two minutes after a failed one.
        InitialReconnectBackoff = TimeSpan.FromSeconds(0.25),
        MaxReconnectBackoff = TimeSpan.FromSeconds(2),
    });
}
