using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Misuse of streams is refused, and does not damage the call.</summary>
public class GuardTests
{
    // Larger than all windows and buffers between the two ends together.
    private static readonly Note s_stuck = new() { Data = ByteString.CopyFrom(new byte[32 * 1024 * 1024]) };

    [Fact]
    public async Task Client_WriteDuringAWrite_Throws()
    {
        var goOn = new TaskCompletionSource();
        var handlers = new Handlers
        {
            Collect = async (requests, _) =>
            {
                await goOn.Task;
                return await requests.MoveNext() ? requests.Current : new Note();
            },
        };
        await using var host = await EchoHost.StartAsync(
            handlers, options => options.MaxReceiveMessageSize = null, new() { MaxReceiveMessageSize = null });
        using var call = host.Client.Collect();
        var first = call.RequestStream.WriteAsync(s_stuck);
        Assert.False(first.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Note()).InTime());
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.CompleteAsync().InTime());
        goOn.SetResult();
        await first.InTime();
        Assert.Equal(s_stuck, await call.ResponseAsync.InTime());
    }

    [Fact]
    public async Task Server_WriteDuringAWrite_Throws()
    {
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handlers = new Handlers
        {
            Expand = async (_, responses, _) =>
            {
                var first = responses.WriteAsync(s_stuck);
                refused.SetResult(await Record.ExceptionAsync(() => responses.WriteAsync(new Note())));
                await first;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers, channel: new() { MaxReceiveMessageSize = null });
        using var call = host.Client.Expand(new Note());
        Assert.IsType<InvalidOperationException>(await refused.Task.InTime());
        Assert.Equal([s_stuck], await call.ResponseStream.ToListAsync());
    }

    [Fact]
    public async Task Client_WriteStuckWhenTheServerEnds_Fails()
    {
        var goOn = new TaskCompletionSource();
        var handlers = new Handlers { Chat = (_, _, _) => goOn.Task };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Chat();
        var stuck = call.RequestStream.WriteAsync(s_stuck);
        goOn.SetResult();
        Assert.Empty(await call.ResponseStream.ToListAsync());
        await Within.FailsAsync(() => stuck);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Client_ReadDuringARead_Throws()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        var pending = call.ResponseStream.MoveNext();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ResponseStream.MoveNext().InTime());
        await call.RequestStream.WriteAsync(new Note { Number = 3 }).InTime();
        Assert.True(await pending.InTime());
        Assert.Equal(3, call.ResponseStream.Current.Number);
    }

    [Fact]
    public async Task Client_WriteAfterComplete_Throws()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        await call.RequestStream.CompleteAsync().InTime();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Note()).InTime());
        await call.RequestStream.CompleteAsync().InTime();
    }

    [Fact]
    public async Task Client_WriteNull_Throws()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        await Assert.ThrowsAsync<ArgumentNullException>(() => call.RequestStream.WriteAsync(null!).InTime());
    }

    [Fact]
    public async Task Client_UseAfterDispose_Throws()
    {
        await using var host = await EchoHost.StartAsync();
        var call = host.Client.Chat();
        call.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await call.ResponseStream.MoveNext().InTime());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => call.RequestStream.WriteAsync(new Note()).InTime());
    }

    [Fact]
    public async Task Server_WriteAfterTheHandlerReturned_Throws()
    {
        IServerStreamWriter<Note>? kept = null;
        var handlers = new Handlers
        {
            Expand = (_, responses, _) =>
            {
                kept = responses;
                return Task.CompletedTask;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note());
        Assert.Empty(await call.ResponseStream.ToListAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => kept!.WriteAsync(new Note()).InTime());
    }

    [Fact]
    public async Task MapGrpcService_OfWhatIsNoService_MapsNoMethod()
    {
        IEndpointRouteBuilder? routes = null;
        await using var host = await EchoHost.StartAsync(map: app =>
        {
            routes = app;
            app.MapGrpcService<GuardTests>();
        });
        var services = routes!.DataSources.SelectMany(source => source.Endpoints)
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.ServiceType)
            .ToList();
        Assert.Contains(typeof(EchoService), services);
        Assert.DoesNotContain(typeof(GuardTests), services);
    }

    [Fact]
    public async Task MapGrpcService_OfAMethodThatIsNotVirtual_IsRefused()
    {
        await using var host = await EchoHost.StartAsync(map: app =>
            Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<SealedService>()));
    }

    /// <summary>Services are found by the virtual methods of their base class.</summary>
    [BindServiceMethod(typeof(SealedService), nameof(Bind))]
    private sealed class SealedService
    {
        public static void Bind(ServiceBinderBase binder, SealedService? service) => binder.AddMethod(
            new Method<string, string>(
                MethodType.Unary, "test.Sealed", nameof(Answer), Marshallers.StringMarshaller, Marshallers.StringMarshaller),
            (UnaryServerMethod<string, string>)null!);

        public Task<string> Answer(string request, ServerCallContext context) => Task.FromResult(request);
    }
}
