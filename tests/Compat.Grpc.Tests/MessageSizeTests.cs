using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Limits on messages, 4 MiB received unless set, and messages far larger than any buffer beneath.</summary>
public class MessageSizeTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public async Task Server_ReceivesMoreThanFourMiB_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync();
        var failure = await Within.FailsAsync(host.Client.SayAsync(NoteOf(4 * MiB)));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task Client_ReceivesMoreThanFourMiB_IsResourceExhausted()
    {
        var handlers = new Handlers { Say = (_, _) => Task.FromResult(NoteOf(4 * MiB)) };
        await using var host = await EchoHost.StartAsync(handlers);
        var failure = await Within.FailsAsync(host.Client.SayAsync(new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task BothSides_JustUnderFourMiB_Pass()
    {
        await using var host = await EchoHost.StartAsync();
        var reply = await host.Client.SayAsync(NoteOf((4 * MiB) - 64)).ResponseAsync.InTime();
        Assert.Equal(NoteOf((4 * MiB) - 64), reply);
    }

    [Fact]
    public async Task LimitsLifted_EveryKind_CarriesTwentyMiB()
    {
        await using var host = await EchoHost.StartAsync(
            server: options => options.MaxReceiveMessageSize = null,
            channel: new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var note = NoteOf(20 * MiB);
        Assert.Equal(note, await host.Client.SayAsync(note).ResponseAsync.InTime());
        using var chat = host.Client.Chat();
        var reading = chat.ResponseStream.ToListAsync();
        await chat.RequestStream.WriteAsync(note).InTime();
        await chat.RequestStream.WriteAsync(new Note { Number = 1 }).InTime();
        await chat.RequestStream.WriteAsync(note).InTime();
        await chat.RequestStream.CompleteAsync().InTime();
        Assert.Equal([note, new Note { Number = 1 }, note], await reading.InTime());
    }

    [Fact]
    public async Task Client_SendsMoreThanItsLimit_IsResourceExhaustedHere()
    {
        await using var host = await EchoHost.StartAsync(channel: new GrpcChannelOptions { MaxSendMessageSize = 100 });
        Assert.Equal(StatusCode.ResourceExhausted, (await Within.FailsAsync(host.Client.SayAsync(NoteOf(200)))).StatusCode);
        await host.Client.SayAsync(NoteOf(20)).ResponseAsync.InTime();
    }

    [Fact]
    public async Task Server_SendsMoreThanItsLimit_IsResourceExhausted()
    {
        var handlers = new Handlers { Say = (_, _) => Task.FromResult(NoteOf(200)) };
        await using var host = await EchoHost.StartAsync(handlers, options => options.MaxSendMessageSize = 100);
        Assert.Equal(StatusCode.ResourceExhausted, (await Within.FailsAsync(host.Client.SayAsync(new Note()))).StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16_379)]
    [InlineData(16_380)]
    [InlineData(65_531)]
    [InlineData(65_536)]
    [InlineData(262_149)]
    public async Task Stream_SizesAroundFrameAndBufferBounds_ArriveWhole(int size)
    {
        await using var host = await EchoHost.StartAsync();
        using var call = host.Client.Chat();
        var reading = call.ResponseStream.ToListAsync();
        for (var i = 0; i < 5; i++)
        {
            await call.RequestStream.WriteAsync(NoteOf(size + i)).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        Assert.Equal(Enumerable.Range(0, 5).Select(i => NoteOf(size + i)), await reading.InTime());
    }

    private static Note NoteOf(int bytes)
    {
        var data = new byte[bytes];
        new Random(bytes).NextBytes(data);
        return new Note { Data = UnsafeByteOperations.UnsafeWrap(data) };
    }
}
