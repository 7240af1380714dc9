using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>How a handler's end becomes the client's status.</summary>
public class StatusTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("100 % Grüße, 世界 🚀")]
    [InlineData("two\nlines\tand %41 that is not an A")]
    [InlineData("")]
    public async Task RpcException_FromAHandler_ArrivesWithItsDetail(string detail)
    {
        var handlers = new Handlers { Say = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, detail)) };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.SayAsync(new Note());
        var failure = await Within.FailsAsync(call);
        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal(detail, failure.Status.Detail);
        Assert.Equal(failure.Status.StatusCode, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task RpcException_AfterMessages_EndsTheStreamWithItsStatusAndTrailers()
    {
        var handlers = new Handlers
        {
            Expand = async (_, responses, context) =>
            {
                context.ResponseTrailers.Add("set-on-context", "1");
                await responses.WriteAsync(new Note { Number = 1 });
                throw new RpcException(new Status(StatusCode.DataLoss, "gone"), new Metadata { { "set-on-exception", "2" } });
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.DataLoss, failure.StatusCode);
        Assert.Equal("1", failure.Trailers.GetValue("set-on-context"));
        Assert.Equal("2", failure.Trailers.GetValue("set-on-exception"));
        Assert.Equal("2", call.GetTrailers().GetValue("set-on-exception"));
        var again = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.DataLoss, again.StatusCode);
    }

    [Fact]
    public async Task Exception_FromAHandler_IsUnknownAndKeepsItsMessageToItself()
    {
        var handlers = new Handlers { Say = (_, _) => throw new InvalidDataException("a secret") };
        await using var host = await EchoHost.StartAsync(handlers);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note()));
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.DoesNotContain("secret", failure.Status.Detail);
    }

    [Fact]
    public async Task Exception_WithDetailedErrors_TellsItsMessage()
    {
        var handlers = new Handlers { Say = (_, _) => throw new InvalidDataException("no secret") };
        await using var host = await EchoHost.StartAsync(handlers, options => options.EnableDetailedErrors = true);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note()));
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.Contains("no secret", failure.Status.Detail);
    }

    [Fact]
    public async Task Status_SetOnTheContext_IsTheStatusOfTheCall()
    {
        var handlers = new Handlers
        {
            Expand = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                context.Status = new Status(StatusCode.OutOfRange, "set");
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note());
        var failure = await Within.FailsAsync(() => call.ResponseStream.ToListAsync());
        Assert.Equal((StatusCode.OutOfRange, "set"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task NullResponse_FromAHandler_IsCancelled()
    {
        var handlers = new Handlers { Say = (_, _) => Task.FromResult<Note>(null!) };
        await using var host = await EchoHost.StartAsync(handlers);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note()));
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
    }

    [Theory]
    [InlineData("lockstep.test.Echo", "Missing")]
    [InlineData("lockstep.test.Missing", "Say")]
    public async Task UnknownMethodOrService_IsUnimplemented(string service, string method)
    {
        await using var host = await EchoHost.StartAsync();
        var missing = new Method<string, string>(
            MethodType.Unary, service, method, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        var invoker = host.Channel.CreateCallInvoker();
        var failure = await Within.FailsAsync(invoker.AsyncUnaryCall(missing, null, new CallOptions(), "x"));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Fact]
    public async Task GeneratedBase_MethodNotOverridden_IsUnimplemented()
    {
        var handlers = new Handlers { Say = new Bare().Say };
        await using var host = await EchoHost.StartAsync(handlers);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note()));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Fact]
    public async Task ClientStreaming_HandlerFailsBeforeTheStreamEnds_ResponseHasItsStatus()
    {
        var handlers = new Handlers { Collect = (_, _) => throw new RpcException(new Status(StatusCode.ResourceExhausted, "full")) };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Collect();
        var failure = await Within.FailsAsync(() => call.ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
        var write = await Within.FailsAsync(() => call.RequestStream.WriteAsync(new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, write.StatusCode);
    }

    [Fact]
    public async Task GetStatusAndTrailers_BeforeTheEnd_Throw()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
    }

    private sealed class Bare : Echo.EchoBase;
}
