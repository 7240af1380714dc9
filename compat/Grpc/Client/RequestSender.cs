using System.Net;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>Builds and sends the HTTP request of a call.</summary>
internal static class RequestSender
{
    private const string UserAgent = "grpc-dotnet-compat/1.0";

    /// <summary>Returns at the response headers. A wait-for-ready call keeps trying to connect until its deadline.</summary>
    public static async Task<HttpResponseMessage> SendAsync<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, TRequest? request)
        where TRequest : class
        where TResponse : class
    {
        var credentials = await ReadCredentialsAsync(call).ConfigureAwait(false);
        var options = call.Channel.Options;
        var pause = options.InitialReconnectBackoff;
        while (true)
        {
            call.Token.ThrowIfCancellationRequested();
            var message = Build(call, request, credentials);
            try
            {
                return call.Channel.Invoker is HttpClient client
                    ? await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, call.Token).ConfigureAwait(false)
                    : await call.Channel.Invoker.SendAsync(message, call.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (call.Options.IsWaitForReady && FailureStatus.IsConnectFailure(exception))
            {
                await Task.Delay(pause, call.Token).ConfigureAwait(false);
                pause *= 1.6; // connection-backoff.md
                pause = pause > options.MaxReconnectBackoff ? options.MaxReconnectBackoff.Value : pause;
            }
        }
    }

    private static HttpRequestMessage Build<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, TRequest? request, Metadata credentials)
        where TRequest : class
        where TResponse : class
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(call.Channel.Address, call.Method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new RequestContent<TRequest, TResponse>(call, request),
        };
        var headers = message.Headers;
        headers.TryAddWithoutValidation("user-agent", UserAgent);
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, call.Channel.Encodings.AcceptHeader);
        if (call.Options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcTimeout.Encode(deadline - DateTime.UtcNow));
        }

        foreach (var entry in (call.Options.Headers ?? []).Concat(credentials))
        {
            if (entry.Key == GrpcHeaders.EncodingRequest)
            {
                headers.TryAddWithoutValidation(GrpcHeaders.Encoding, entry.Value);
            }
            else if (entry.Key != GrpcHeaders.Timeout)
            {
                headers.TryAddWithoutValidation(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }

        return message;
    }

    private static async ValueTask<Metadata> ReadCredentialsAsync<TRequest, TResponse>(ClientCall<TRequest, TResponse> call)
        where TRequest : class
        where TResponse : class
    {
        var channel = call.Channel;
        CallCredentials[] credentials = call.Options.Credentials is { } own ? [own, .. channel.Credentials] : [.. channel.Credentials];
        var secure = channel.Address.Scheme == Uri.UriSchemeHttps || channel.Options.UnsafeUseInsecureChannelCallCredentials;
        return credentials.Length == 0 || !secure
            ? Metadata.Empty
            : await CallCredentialsReader.ReadAsync(credentials, channel.Address, call.Method, call.Token).ConfigureAwait(false);
    }
}
