using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>What a handler learns of its call, with and without TLS, and how requests that are not gRPC fare.</summary>
public class ContextTests
{
    [Fact]
    public async Task Context_OfACall_KnowsMethodHostPeerAndHttp()
    {
        var facts = new List<string>();
        var handlers = new Handlers
        {
            Say = (request, context) =>
            {
                facts.AddRange([context.Method, context.Host, context.Peer, context.GetHttpContext().Request.Protocol]);
                context.UserState["key"] = "kept";
                facts.Add((string)context.UserState["key"]);
                facts.Add(context.AuthContext.IsPeerAuthenticated.ToString());
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        await host.Client.SayAsync(new Note()).ResponseAsync.InTime();
        Assert.Equal("/lockstep.test.Echo/Say", facts[0]);
        Assert.Equal($"127.0.0.1:{host.Port}", facts[1]);
        Assert.StartsWith("ipv4:127.0.0.1:", facts[2]);
        Assert.Equal(["HTTP/2", "kept", "False"], facts[3..]);
    }

    [Fact]
    public async Task Tls_WithACertificate_CarriesCallsAndTheirCredentials()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var signed = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pkcs12), null);
        string? authorization = null;
        var handlers = new Handlers
        {
            Say = (note, context) =>
            {
                authorization = context.RequestHeaders.GetValue("authorization");
                return Task.FromResult(note);
            },
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(certificate);
        }));
        builder.Services.AddSingleton(handlers);
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.MapGrpcService<EchoService>();
        await app.StartAsync().InTime();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, peer, _, _) => peer?.GetCertHashString() == certificate.GetCertHashString();
        var credentials = ChannelCredentials.Create(ChannelCredentials.SecureSsl, CallCredentials.FromInterceptor((_, headers) =>
        {
            headers.Add("authorization", "Bearer token");
            return Task.CompletedTask;
        }));
        using var channel = GrpcChannel.ForAddress(app.Urls.Single(), new GrpcChannelOptions { HttpHandler = handler, Credentials = credentials });
        Assert.Equal(5, (await new Echo.EchoClient(channel).SayAsync(new Note { Number = 5 }).ResponseAsync.InTime()).Number);
        Assert.Equal("Bearer token", authorization);
        await app.StopAsync().InTime();
    }

    [Theory]
    [InlineData("application/json", 415)]
    [InlineData("application/grpc", 200)]
    [InlineData("application/grpc+proto", 200)]
    public async Task ContentType_OfARequest_DecidesWhetherItIsGrpc(string contentType, int httpStatus)
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{host.Address}/lockstep.test.Echo/Say")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        message.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        using var response = await http.SendAsync(message).InTime();
        Assert.Equal(httpStatus, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(new byte[0], 13)]
    [InlineData(new byte[] { 0, 0, 0, 0 }, 13)]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 }, 13)]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 13)]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, 13)]
    public async Task MalformedBody_OfAUnaryCall_IsInternal(byte[] body, int grpcStatus)
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{host.Address}/lockstep.test.Echo/Say")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        using var response = await http.SendAsync(message).InTime();
        await response.Content.ReadAsByteArrayAsync().InTime();
        var headers = response.Headers.Concat(response.TrailingHeaders).ToDictionary(pair => pair.Key, pair => pair.Value.Single());
        Assert.Equal(grpcStatus.ToString(), headers["grpc-status"]);
    }
}
