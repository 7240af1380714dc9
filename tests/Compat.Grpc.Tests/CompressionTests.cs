using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>gzip, asked for by a call or set on the server; and encodings that nobody knows.</summary>
public class CompressionTests
{
    private static readonly Metadata s_askForGzip = new() { { "grpc-internal-encoding-request", "gzip" } };
    private static readonly Note s_zeros = new() { Data = ByteString.CopyFrom(new byte[100_000]) };

    [Fact]
    public async Task Request_CompressedByTheCall_IsReadByTheServer()
    {
        using var wire = new CountingHandler();
        await using var host = await EchoHost.StartAsync(channel: new() { HttpHandler = wire });
        var reply = await host.Client.SayAsync(s_zeros, s_askForGzip).ResponseAsync.InTime();
        Assert.Equal(s_zeros, reply);
        Assert.Equal("gzip", wire.RequestEncoding);
        Assert.Null(wire.ResponseEncoding);
    }

    [Fact]
    public async Task Response_CompressedByTheServer_IsReadByTheClient()
    {
        using var wire = new CountingHandler();
        await using var host = await EchoHost.StartAsync(
            server: options => options.ResponseCompressionAlgorithm = "gzip", channel: new() { HttpHandler = wire });
        using var call = host.Client.Expand(new Note { Number = 3, Data = s_zeros.Data });
        var notes = await call.ResponseStream.ToListAsync();
        Assert.All(notes, note => Assert.Equal(s_zeros.Data, note.Data));
        Assert.Equal("gzip", wire.ResponseEncoding);
    }

    [Fact]
    public async Task NoCompress_OnSingleMessages_MixesInOneStream()
    {
        var handlers = new Handlers
        {
            Expand = async (_, responses, _) =>
            {
                await responses.WriteAsync(s_zeros);
                responses.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
                await responses.WriteAsync(s_zeros);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers, options => options.ResponseCompressionAlgorithm = "gzip");
        using var call = host.Client.Expand(new Note());
        Assert.Equal([s_zeros, s_zeros], await call.ResponseStream.ToListAsync());
    }

    [Fact]
    public async Task Bomb_InflatingBeyondTheLimit_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync();
        var bomb = new Note { Data = ByteString.CopyFrom(new byte[16 * 1024 * 1024]) };
        var failure = await Within.FailsAsync(host.Client.SayAsync(bomb, s_askForGzip));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task UnknownEncoding_OfACompressedMessage_IsUnimplementedAndNamesTheKnown()
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{host.Address}/lockstep.test.Echo/Say")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([1, 0, 0, 0, 1, 42]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TryAddWithoutValidation("grpc-encoding", "snail");
        using var response = await http.SendAsync(request).InTime();
        await response.Content.ReadAsByteArrayAsync().InTime();
        var headers = response.Headers.Concat(response.TrailingHeaders).ToDictionary(pair => pair.Key, pair => pair.Value.Single());
        Assert.Equal("12", headers["grpc-status"]);
        Assert.Contains("gzip", headers["grpc-accept-encoding"]);
    }

    /// <summary>Notes the encodings on the wire.</summary>
    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        public string? RequestEncoding { get; private set; }

        public string? ResponseEncoding { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            RequestEncoding = request.Headers.TryGetValues("grpc-encoding", out var sent) ? sent.Single() : null;
            var response = await base.SendAsync(request, cancellationToken);
            ResponseEncoding = response.Headers.TryGetValues("grpc-encoding", out var received) ? received.Single() : null;
            return response;
        }
    }
}
