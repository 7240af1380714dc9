using System.Net.Sockets;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// One call on the server: here what the handler sees of it. Its life is in HttpServerCall.Run.cs, its messages are in
/// HttpServerCall.Messages.cs.
/// </summary>
internal sealed partial class HttpServerCall : ServerCallContext
{
    private static readonly AuthContext s_anonymous = new(null, []);
    private readonly MethodOptions _options;
    private readonly ILogger _logger;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private Status _status;
    private DateTime _deadline = DateTime.MaxValue;
    private CancellationToken _cancellation;

    public HttpServerCall(HttpContext http, MethodOptions options, ILogger logger)
    {
        Http = http;
        _options = options;
        _logger = logger;
        _cancellation = http.RequestAborted;
        _input = http.Request.BodyReader;
        _output = http.Response.BodyWriter;
        _frames = new PipeFrameWriter(_output, options.MaxSendBytes) { CompressionLevel = options.ResponseLevel };
        Interceptors = new InterceptorChain(options.Interceptors, http.RequestServices);
    }

    public HttpContext Http { get; }

    public InterceptorChain Interceptors { get; }

    protected override string MethodCore => Http.Request.Path.Value!;

    protected override string HostCore => Http.Request.Host.Value!;

    protected override string PeerCore => Http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetwork } ip => $"ipv4:{ip}:{Http.Connection.RemotePort}",
        { AddressFamily: AddressFamily.InterNetworkV6 } ip => $"ipv6:[{ip}]:{Http.Connection.RemotePort}",
        var other => $"unknown:{other}:{Http.Connection.RemotePort}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override CancellationToken CancellationTokenCore => _cancellation;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore
    {
        get => _status;
        set => _status = value;
    }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore =>
        Http.Connection.ClientCertificate is { } certificate ? ClientCertificateIdentity.Read(certificate) : s_anonymous;

    protected override IDictionary<object, object> UserStateCore => Http.Items!;

    protected override Metadata RequestHeadersCore
    {
        get
        {
            if (_requestHeaders is null)
            {
                _requestHeaders = [];
                foreach (var (name, values) in Http.Request.Headers)
                {
                    foreach (var value in values)
                    {
                        MetadataHeaders.Add(_requestHeaders, name, value);
                    }
                }
            }

            return _requestHeaders;
        }
    }

    /// <summary>Streams may be long, slow and large: the limits that HTTP servers put on request bodies are not for them.</summary>
    public void LiftBodyLimits()
    {
        if (Http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (Http.Response.HasStarted)
        {
            throw new InvalidOperationException("Response headers can only be sent once per call.");
        }

        foreach (var entry in responseHeaders)
        {
            if (entry.Key == GrpcHeaders.EncodingRequest)
            {
                UseResponseEncoding(entry.Value);
            }
            else
            {
                Http.Response.Headers.Append(entry.Key, MetadataHeaders.ValueOf(entry));
            }
        }

        await _output.FlushAsync().ConfigureAwait(false);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotImplementedException("Context propagation is not implemented, nor is it in Grpc.AspNetCore.");
}
