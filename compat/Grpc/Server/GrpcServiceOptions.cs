using System.IO.Compression;
using Grpc.Net.Compression;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>Options of all gRPC services of a server.</summary>
public class GrpcServiceOptions
{
    private int? _maxReceiveMessageSize = FrameHeader.DefaultMaxReceiveBytes;
    private IList<ICompressionProvider>? _compressionProviders;

    /// <summary>Bytes; null means no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Bytes, 4 MiB unless set; null means no limit.</summary>
    public int? MaxReceiveMessageSize
    {
        get => _maxReceiveMessageSize;
        set
        {
            _maxReceiveMessageSize = value;
            HasMaxReceiveMessageSize = true;
        }
    }

    /// <summary>Whether clients see the messages of exceptions that handlers throw.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>Encoding of responses, used if the client accepts it.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>Leave calls of unknown services to other middleware instead of answering Unimplemented.</summary>
    public bool? IgnoreUnknownServices { get; set; }

    public IList<ICompressionProvider> CompressionProviders
    {
        get => _compressionProviders ??= [];
        set => _compressionProviders = value;
    }

    /// <summary>Run on every call, the first one outermost.</summary>
    public InterceptorCollection Interceptors { get; } = [];

    internal bool HasMaxReceiveMessageSize { get; private set; }
}
