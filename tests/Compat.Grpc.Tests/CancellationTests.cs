using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Cancelling by token and by Dispose, seen from both sides.</summary>
public class CancellationTests
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Handlers Hanging => new()
    {
        Say = async (request, context) =>
        {
            await HangAsync(context);
            return request;
        },
        Chat = async (_, responses, context) =>
        {
            await responses.WriteAsync(new Note());
            await HangAsync(context);
        },
    };

    [Fact]
    public async Task Token_Cancelled_ClientFailsAndHandlerIsCancelled()
    {
        await using var host = await EchoHost.StartAsync(Hanging);
        using var source = new CancellationTokenSource();
        using var call = host.Client.SayAsync(new Note(), cancellationToken: source.Token);
        await _entered.Task.InTime();
        await source.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Within.FailsAsync(call)).StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await _cancelled.Task.InTime();
    }

    [Fact]
    public async Task Token_CancelledBefore_FailsWithoutCalling()
    {
        await using var host = await EchoHost.StartAsync(Hanging);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note(), cancellationToken: new CancellationToken(true)));
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        Assert.False(_entered.Task.IsCompleted);
    }

    [Fact]
    public async Task Dispose_DuringAStream_CancelsTheHandlerAndThePendingRead()
    {
        await using var host = await EchoHost.StartAsync(Hanging);
        var call = host.Client.Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var pending = call.ResponseStream.MoveNext();
        call.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Within.FailsAsync(() => pending)).StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await _cancelled.Task.InTime();
    }

    [Fact]
    public async Task Dispose_AfterTheEnd_KeepsTheStatus()
    {
        await using var host = await EchoHost.StartAsync();
        var call = host.Client.SayAsync(new Note());
        await call.ResponseAsync.InTime();
        call.Dispose();
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ReadToken_Cancelled_EndsTheCall()
    {
        await using var host = await EchoHost.StartAsync(Hanging);
        using var source = new CancellationTokenSource();
        using var call = host.Client.Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var pending = call.ResponseStream.MoveNext(source.Token);
        await source.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Within.FailsAsync(() => pending)).StatusCode);
        await _cancelled.Task.InTime();
    }

    [Fact]
    public async Task ClientGone_HandlerThatReads_StopsReading()
    {
        var stopped = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handlers = new Handlers
        {
            Chat = async (requests, responses, _) =>
            {
                try
                {
                    await responses.WriteAsync(new Note());
                    while (await requests.MoveNext())
                    {
                    }

                    stopped.SetResult(null);
                }
                catch (Exception exception)
                {
                    stopped.SetResult(exception);
                }
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var call = host.Client.Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        call.Dispose();
        Assert.NotNull(await stopped.Task.InTime());
    }

    [Fact]
    public async Task Token_WithThrowOperationCanceled_ThrowsIt()
    {
        await using var host = await EchoHost.StartAsync(
            Hanging, channel: new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        using var source = new CancellationTokenSource();
        var call = host.Client.SayAsync(new Note(), cancellationToken: source.Token);
        await _entered.Task.InTime();
        await source.CancelAsync();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.ResponseAsync.InTime());
        Assert.True(thrown.CancellationToken.IsCancellationRequested);
    }

    private async Task HangAsync(ServerCallContext context)
    {
        _entered.TrySetResult();
        using var registration = context.CancellationToken.Register(() => _cancelled.TrySetResult());
        await _cancelled.Task;
    }
}
