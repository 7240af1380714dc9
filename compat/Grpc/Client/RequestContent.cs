using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The request body: one message, or a stream that the user writes until it is completed.</summary>
internal sealed class RequestContent<TRequest, TResponse> : HttpContent
    where TRequest : class
    where TResponse : class
{
    private readonly ClientCall<TRequest, TResponse> _call;
    private readonly TRequest? _request;

    public RequestContent(ClientCall<TRequest, TResponse> call, TRequest? request)
    {
        _call = call;
        _request = request;
        Headers.TryAddWithoutValidation("content-type", GrpcHeaders.ContentType);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_request is not null)
        {
            await _call.Writer.WriteSingleAsync(stream, _request).ConfigureAwait(false);
            return;
        }

        // The headers go out even if the first message takes long.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _call.Writer.ServeAsync(stream).ConfigureAwait(false);
    }
}
