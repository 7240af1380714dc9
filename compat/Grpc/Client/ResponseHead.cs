using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>Headers or trailers that end a call.</summary>
internal sealed record ResponseHead(CallOutcome Outcome)
{
    /// <summary>Null when messages follow; otherwise the call is over: not gRPC, or a status without messages.</summary>
    public static ResponseHead? Read(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return Ended(FailureStatus.FromHttp(response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        }

        var contentType = response.Content.Headers.ContentType?.ToString();
        if (!GrpcHeaders.IsGrpcContentType(contentType))
        {
            return Ended(
                StatusCode.Cancelled,
                contentType is null
                    ? "Bad gRPC response. Response did not have a content-type header."
                    : $"Bad gRPC response. Invalid content-type value: {contentType}");
        }

        return Find(response.Headers, GrpcHeaders.Status) is null ? null : ReadStatus(response.Headers);
    }

    /// <summary>The end of a response stream.</summary>
    public static ResponseHead ReadTrailers(HttpResponseMessage response) =>
        Find(response.TrailingHeaders, GrpcHeaders.Status) is null
            ? Ended(StatusCode.Cancelled, "No grpc-status found on response.")
            : ReadStatus(response.TrailingHeaders);

    public static string? Find(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    public static Metadata ToMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataHeaders.Add(metadata, name, value);
            }
        }

        return metadata;
    }

    private static ResponseHead ReadStatus(HttpHeaders headers)
    {
        var text = Find(headers, GrpcHeaders.Status);
        if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var code))
        {
            return Ended(StatusCode.Cancelled, $"Unexpected grpc-status value: {text}");
        }

        var detail = StatusMessage.Decode(Find(headers, GrpcHeaders.Message));
        return new ResponseHead(new CallOutcome(new Status((StatusCode)code, detail), ToMetadata(headers)));
    }

    private static ResponseHead Ended(StatusCode code, string detail) => new(new CallOutcome(new Status(code, detail)));
}
