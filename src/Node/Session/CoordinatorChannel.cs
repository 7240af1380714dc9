using Grpc.Net.Client;

namespace Lockstep.Node.Session;

/// <summary>Opens connections to the coordinator, tuned for long streams of large messages.</summary>
internal static class CoordinatorChannel
{
    // Room for a slice in flight on a long, fast line: the default of 64 KiB waits for an answer every 64 KiB.
    private const int WindowBytes = 8 << 20;

    public static GrpcChannel Open(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            InitialHttp2StreamWindowSize = WindowBytes,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        MaxSendMessageSize = null,
    });
}
