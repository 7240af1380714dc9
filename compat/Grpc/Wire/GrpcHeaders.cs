namespace Grpc.Wire;

/// <summary>Names and values of the headers of gRPC over HTTP/2 (PROTOCOL-HTTP2.md).</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";

    /// <summary>Metadata key by which a user chooses the compression of one call; never on the wire.</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";

    /// <summary>Accepts <c>application/grpc</c> and its <c>+proto</c> and parameter forms.</summary>
    public static bool IsGrpcContentType(string? contentType) =>
        contentType != null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');
}
