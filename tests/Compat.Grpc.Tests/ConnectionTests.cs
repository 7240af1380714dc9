using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Servers that are not there, not there yet, or go away.</summary>
public class ConnectionTests
{
    [Fact]
    public async Task NoServer_Call_IsUnavailableAndSaysWhy()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{FreePort()}");
        var failure = await Within.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.NotEmpty(failure.Status.Detail);
    }

    [Fact]
    public async Task NoServer_StreamingCall_FailsReadsAndWrites()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{FreePort()}");
        using var call = new Echo.EchoClient(channel).Chat();
        var read = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Unavailable, read.StatusCode);
        var write = await Within.FailsAsync(() => call.RequestStream.WriteAsync(new Note()));
        Assert.Equal(StatusCode.Unavailable, write.StatusCode);
        var headers = await Within.FailsAsync(() => call.ResponseHeadersAsync);
        Assert.Equal(StatusCode.Unavailable, headers.StatusCode);
    }

    [Fact]
    public async Task NoServer_WaitForReady_FailsOnlyAtTheDeadline()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{FreePort()}");
        var options = new CallOptions(deadline: DateTime.UtcNow.AddMilliseconds(500)).WithWaitForReady();
        var failure = await Within.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note(), options));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task ServerReturns_OnTheSameChannel_CallsSucceedAgain()
    {
        var first = await EchoHost.StartAsync();
        using var channel = GrpcChannel.ForAddress(first.Address);
        var client = new Echo.EchoClient(channel);
        await client.SayAsync(new Note()).ResponseAsync.InTime();
        await first.StopAsync();
        // The first call may still meet the dying connection, which the client reports as INTERNAL; the next finds nobody.
        Assert.Contains((await Within.FailsAsync(client.SayAsync(new Note()))).StatusCode, (StatusCode[])[StatusCode.Unavailable, StatusCode.Internal]);
        Assert.Equal(StatusCode.Unavailable, (await Within.FailsAsync(client.SayAsync(new Note()))).StatusCode);
        await first.DisposeAsync();
        await using var second = await EchoHost.StartAsync(port: first.Port);
        var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(15)).WithWaitForReady();
        Assert.Equal(4, (await client.SayAsync(new Note { Number = 4 }, options).ResponseAsync.InTime()).Number);
    }

    [Fact]
    public async Task ServerStops_DuringAStream_FailsTheStream()
    {
        var handlers = new Handlers
        {
            Chat = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var pending = call.ResponseStream.MoveNext();
        await host.StopAsync();
        var failure = await Within.FailsAsync(() => pending);
        Assert.NotEqual(StatusCode.OK, failure.StatusCode);
    }

    [Fact]
    public async Task NotAGrpcServer_Call_FailsByItsHttpStatus()
    {
        await using var host = await EchoHost.StartAsync();
        using var channel = GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions { HttpHandler = new TeapotHandler() });
        var failure = await Within.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("503", failure.Status.Detail);
    }

    [Fact]
    public async Task DisposedChannel_NewCalls_Throw()
    {
        await using var host = await EchoHost.StartAsync();
        var channel = GrpcChannel.ForAddress(host.Address);
        channel.Dispose();
        Assert.Throws<ObjectDisposedException>(() => channel.CreateCallInvoker());
    }

    [Fact]
    public async Task DisposedChannel_PendingCall_IsCancelled()
    {
        var handlers = new Handlers
        {
            Chat = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var channel = GrpcChannel.ForAddress(host.Address);
        using var call = new Echo.EchoClient(channel).Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var pending = call.ResponseStream.MoveNext();
        channel.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Within.FailsAsync(() => pending)).StatusCode);
    }

    [Fact]
    public void Channel_ConfiguredWrongly_IsRejected()
    {
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpClient = new HttpClient(), HttpHandler = new SocketsHttpHandler() }));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }));
    }

    /// <summary>A port on which nothing listens: just given back to the system.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class TeapotHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Version = HttpVersion.Version20, RequestMessage = request });
    }
}
