using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>A deadline ends the call on both sides.</summary>
public class DeadlineTests
{
    private static DateTime Soon => DateTime.UtcNow.AddMilliseconds(200);

    [Fact]
    public async Task Deadline_HandlerHangs_ClientFailsAndHandlerIsCancelled()
    {
        var cancelled = new TaskCompletionSource();
        var handlers = new Handlers
        {
            Say = async (request, context) =>
            {
                context.CancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
                return request;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.SayAsync(new Note(), deadline: Soon);
        var failure = await Within.FailsAsync(call);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
        await cancelled.Task.InTime();
    }

    [Fact]
    public async Task Deadline_InThePast_FailsWithoutCalling()
    {
        var called = false;
        var handlers = new Handlers
        {
            Say = (request, _) =>
            {
                called = true;
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note(), deadline: DateTime.UtcNow.AddSeconds(-1)));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        Assert.False(called);
    }

    [Fact]
    public async Task Deadline_WhileReadingAStream_FailsTheRead()
    {
        var handlers = new Handlers
        {
            Expand = async (_, responses, context) =>
            {
                await responses.WriteAsync(new Note());
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note(), deadline: Soon);
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Deadline_HandlerReadsAStreamThatStays_ReadEnds()
    {
        var ended = new TaskCompletionSource();
        var handlers = new Handlers
        {
            Collect = async (requests, _) =>
            {
                try
                {
                    while (await requests.MoveNext())
                    {
                    }
                }
                finally
                {
                    ended.SetResult();
                }

                return new Note();
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Collect(deadline: Soon);
        var failure = await Within.FailsAsync(() => call.ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        await ended.Task.InTime();
    }

    [Fact]
    public async Task Deadline_OnTheContext_IsTheClientsDeadline()
    {
        DateTime seen = default;
        var handlers = new Handlers
        {
            Say = (request, context) =>
            {
                seen = context.Deadline;
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var deadline = DateTime.UtcNow.AddMinutes(3);
        await host.Client.SayAsync(new Note(), deadline: deadline).ResponseAsync.InTime();
        Assert.Equal(DateTimeKind.Utc, seen.Kind);
        Assert.InRange((seen - deadline).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await host.Client.SayAsync(new Note()).ResponseAsync.InTime();
        Assert.Equal(DateTime.MaxValue, seen);
    }

    [Fact]
    public async Task Deadline_YearsAhead_DoesNotDisturbTheCall()
    {
        await using var host = await EchoHost.StartAsync();
        var reply = await host.Client.SayAsync(new Note { Number = 1 }, deadline: DateTime.UtcNow.AddYears(2)).ResponseAsync.InTime();
        Assert.Equal(1, reply.Number);
    }

    [Fact]
    public async Task Deadline_NotUtc_IsRejected()
    {
        await using var host = await EchoHost.StartAsync();
        Assert.Throws<InvalidOperationException>(() => host.Client.SayAsync(new Note(), deadline: DateTime.Now.AddSeconds(1)));
    }

    [Fact]
    public async Task Deadline_WithThrowOperationCanceled_ThrowsIt()
    {
        var handlers = new Handlers
        {
            Say = async (request, context) =>
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return request;
            },
        };
        await using var host = await EchoHost.StartAsync(
            handlers, channel: new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Client.SayAsync(new Note(), deadline: Soon).ResponseAsync.InTime());
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(100), "It ended before its deadline.");
    }
}
