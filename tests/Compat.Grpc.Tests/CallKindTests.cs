using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>The four kinds of call, as generated code makes them.</summary>
public class CallKindTests
{
    [Fact]
    public async Task Unary_Call_ReturnsTheResponse()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.SayAsync(new Note { Text = "hello", Number = 7 });
        var reply = await call.ResponseAsync.InTime();
        Assert.Equal(new Note { Text = "hello", Number = 7 }, reply);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Empty(call.GetTrailers());
    }

    [Fact]
    public async Task Unary_BlockingCall_ReturnsTheResponse()
    {
        await using var host = await EchoHost.StartAsync();
        var reply = await Task.Run(() => host.Client.Say(new Note { Text = "blocking" })).InTime();
        Assert.Equal("blocking", reply.Text);
    }

    [Fact]
    public async Task Unary_EmptyMessage_IsAMessage()
    {
        await using var host = await EchoHost.StartAsync();
        Assert.Equal(new Note(), await host.Client.SayAsync(new Note()).ResponseAsync.InTime());
    }

    [Fact]
    public async Task Unary_ManyAtOnceOnOneChannel_AllGetTheirOwnResponse()
    {
        await using var host = await EchoHost.StartAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            (await host.Client.SayAsync(new Note { Number = i })).Number)).InTime();
        Assert.Equal(Enumerable.Range(0, 200), replies);
    }

    [Fact]
    public async Task ClientStreaming_Call_ReceivesAllInOrder()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Collect();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new Note { Text = text, Number = 1 }).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        Assert.Equal(new Note { Text = "abc", Number = 3 }, await call.ResponseAsync.InTime());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task ServerStreaming_Call_DeliversAllInOrderAndEnds(int count)
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Expand(new Note { Number = count });
        var numbers = (await call.ResponseStream.ToListAsync()).Select(note => note.Number);
        Assert.Equal(Enumerable.Range(0, count), numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).InTime());
    }

    [Fact]
    public async Task Duplex_PingPong_EachAnswerComesBeforeTheNextRequest()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        for (var i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i }).InTime();
            Assert.True(await call.ResponseStream.MoveNext().InTime());
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync().InTime();
        Assert.False(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Duplex_ServerSpeaksFirst_ClientHearsItBeforeWriting()
    {
        var handlers = new Handlers
        {
            Chat = async (requests, responses, _) =>
            {
                await responses.WriteAsync(new Note { Text = "welcome" });
                await requests.MoveNext();
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Chat();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal("welcome", call.ResponseStream.Current.Text);
    }

    [Fact]
    public async Task Duplex_ReadersAndWritersAtOnce_LoseNothing()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        var received = call.ResponseStream.ToListAsync();
        for (var i = 0; i < 2000; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i }).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        Assert.Equal(Enumerable.Range(0, 2000), (await received.InTime()).Select(note => note.Number));
    }

    [Fact]
    public async Task Duplex_ServerEndsFirst_LaterWritesFail()
    {
        var handlers = new Handlers { Chat = (_, _, _) => Task.CompletedTask };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Chat();
        Assert.Empty(await call.ResponseStream.ToListAsync());
        await Within.FailsAsync(() => call.RequestStream.WriteAsync(new Note()));
    }

    [Fact]
    public async Task ReadAllAsync_OnAStream_EnumeratesIt()
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Expand(new Note { Number = 3 });
        var numbers = new List<int>();
        await foreach (var note in call.ResponseStream.ReadAllAsync().WithCancellation(new CancellationTokenSource(Within.Limit).Token))
        {
            numbers.Add(note.Number);
        }

        Assert.Equal([0, 1, 2], numbers);
    }
}
