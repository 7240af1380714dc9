using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>Options of a <see cref="GrpcChannel"/>.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Must match the scheme of the address; null means that the scheme decides.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>Bytes; null means no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Bytes, 4 MiB unless set; null means no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = FrameHeader.DefaultMaxReceiveBytes;

    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Makes the HTTP calls. Not together with <see cref="HttpHandler"/>.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Makes the HTTP calls. Not together with <see cref="HttpClient"/>.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether the channel disposes a client or handler that was given to it.</summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Throw <see cref="OperationCanceledException"/> instead of <see cref="RpcException"/> on cancellation and deadline.</summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>Whether call credentials are sent even without TLS.</summary>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }

    /// <summary>First pause of a wait-for-ready call between two attempts to connect.</summary>
    public TimeSpan InitialReconnectBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest such pause; null means no limit.</summary>
    public TimeSpan? MaxReconnectBackoff { get; set; } = TimeSpan.FromSeconds(120);
}
