using System.IO.Compression;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>The options that hold for a service: its own where set, else the server's.</summary>
internal sealed record MethodOptions(
    int? MaxSendBytes,
    int? MaxReceiveBytes,
    bool DetailedErrors,
    MessageEncodings Encodings,
    string? ResponseEncoding,
    CompressionLevel? ResponseLevel,
    IReadOnlyList<InterceptorRegistration> Interceptors)
{
    public static MethodOptions Merge(GrpcServiceOptions server, GrpcServiceOptions service) => new(
        service.MaxSendMessageSize ?? server.MaxSendMessageSize,
        service.HasMaxReceiveMessageSize ? service.MaxReceiveMessageSize : server.MaxReceiveMessageSize,
        service.EnableDetailedErrors ?? server.EnableDetailedErrors ?? false,
        new MessageEncodings(server.CompressionProviders.Concat(service.CompressionProviders)),
        service.ResponseCompressionAlgorithm ?? server.ResponseCompressionAlgorithm,
        service.ResponseCompressionLevel ?? server.ResponseCompressionLevel,
        [.. server.Interceptors, .. service.Interceptors]);
}
