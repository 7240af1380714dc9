using Grpc.Core;

namespace Grpc.Wire;

/// <summary>Metadata as HTTP headers: binary values in base64.</summary>
internal static class MetadataHeaders
{
    public static string ValueOf(Metadata.Entry entry) => entry.IsBinary ? Convert.ToBase64String(entry.BinaryValue) : entry.Value;

    /// <summary>Adds a received header, unless it belongs to the protocol.</summary>
    public static void Add(Metadata metadata, string name, string? value)
    {
        if (value is null || IsProtocol(name))
        {
            return;
        }

        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(name, value);
            return;
        }

        // A header may carry several values, and senders may omit the padding.
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            metadata.Add(name, Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '=')));
        }
    }

    private static bool IsProtocol(string name) =>
        name.Length == 0 || name[0] == ':' || name.ToLowerInvariant() is
            GrpcHeaders.Status or GrpcHeaders.Message or GrpcHeaders.Timeout or GrpcHeaders.Encoding or GrpcHeaders.AcceptEncoding
            or "content-type" or "content-encoding" or "content-length" or "te";
}
