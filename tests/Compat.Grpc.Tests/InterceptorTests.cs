using Grpc.Core;
using Grpc.Core.Interceptors;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Interceptors on both sides: their order, and what they can change.</summary>
public class InterceptorTests
{
    [Fact]
    public async Task Server_TwoInterceptors_RunInOrderAroundTheHandler()
    {
        var log = new List<string>();
        var handlers = new Handlers
        {
            Say = (request, _) =>
            {
                log.Add("handler");
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(
            handlers,
            options =>
            {
                options.Interceptors.Add<Logging>("outer");
                options.Interceptors.Add<Logging>("inner");
            },
            services: services => services.AddSingleton(log));
        await host.Client.SayAsync(new Note()).ResponseAsync.InTime();
        Assert.Equal(["outer in", "inner in", "handler", "inner out", "outer out"], log);
    }

    [Fact]
    public async Task Server_InterceptorOnStreams_SeesThem()
    {
        var log = new List<string>();
        await using var host = await EchoHost.StartAsync(
            server: options => options.Interceptors.Add<Logging>("x"), services: services => services.AddSingleton(log));
        using var chat = host.Client.Chat();
        await chat.RequestStream.CompleteAsync().InTime();
        Assert.Empty(await chat.ResponseStream.ToListAsync());
        using var expand = host.Client.Expand(new Note());
        Assert.Empty(await expand.ResponseStream.ToListAsync());
        using var collect = host.Client.Collect();
        await collect.RequestStream.CompleteAsync().InTime();
        await collect.ResponseAsync.InTime();
        Assert.Equal(["duplex", "server", "client"], log);
    }

    [Fact]
    public async Task Client_Interceptors_FirstSeesTheCallFirst()
    {
        string? seen = null;
        var handlers = new Handlers
        {
            Say = (request, context) =>
            {
                // Senders may join values of one key; a space after the comma is theirs to choose.
                seen = string.Join(",", context.RequestHeaders.GetAll("x-by").Select(entry => entry.Value)).Replace(" ", "");
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var client = new Echo.EchoClient(host.Channel.Intercept(new Stamping("1"), new Stamping("2")));
        await client.SayAsync(new Note()).ResponseAsync.InTime();
        Assert.Equal("1,2", seen);
    }

    [Fact]
    public async Task Client_MetadataInterceptor_AddsToEveryKind()
    {
        var seen = 0;
        var handlers = new Handlers
        {
            Chat = (_, _, context) =>
            {
                seen += context.RequestHeaders.GetValue("x-all") == "yes" ? 1 : 0;
                return Task.CompletedTask;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var client = new Echo.EchoClient(host.Channel.CreateCallInvoker().Intercept(headers =>
        {
            headers.Add("x-all", "yes");
            return headers;
        }));
        using var call = client.Chat();
        Assert.Empty(await call.ResponseStream.ToListAsync());
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task CallCredentials_WhenAllowedWithoutTls_AreSent()
    {
        string? seen = null;
        var handlers = new Handlers
        {
            Say = (request, context) =>
            {
                seen = context.RequestHeaders.GetValue("authorization");
                return Task.FromResult(request);
            },
        };
        var credentials = CallCredentials.FromInterceptor((context, headers) =>
        {
            headers.Add("authorization", $"Bearer {context.MethodName}");
            return Task.CompletedTask;
        });
        await using var host = await EchoHost.StartAsync(handlers, channel: new() { UnsafeUseInsecureChannelCallCredentials = true });
        await host.Client.SayAsync(new Note(), new CallOptions(credentials: credentials)).ResponseAsync.InTime();
        Assert.Equal("Bearer Say", seen);
    }

    private sealed class Stamping(string value) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var headers = new Metadata();
            foreach (var entry in context.Options.Headers ?? [])
            {
                headers.Add(entry);
            }

            headers.Add("x-by", value);
            return continuation(request, new(context.Method, context.Host, context.Options.WithHeaders(headers)));
        }
    }

    private sealed class Logging(string name, List<string> log) : Interceptor
    {
        public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            log.Add($"{name} in");
            var response = await continuation(request, context);
            log.Add($"{name} out");
            return response;
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add("client");
            return continuation(requestStream, context);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add("server");
            return continuation(request, responseStream, context);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add("duplex");
            return continuation(requestStream, responseStream, context);
        }
    }
}
