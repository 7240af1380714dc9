using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Headers and trailers, text and binary, both ways.</summary>
public class MetadataTests
{
    private static readonly byte[] s_bytes = [0, 1, 127, 128, 255, (byte)',', (byte)'='];

    [Fact]
    public async Task RequestHeaders_TextAndBinary_ReachTheHandler()
    {
        Metadata? seen = null;
        var handlers = new Handlers
        {
            Say = (request, context) =>
            {
                seen = context.RequestHeaders;
                return Task.FromResult(request);
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        var headers = new Metadata { { "X-Text", "a value" }, { "x-raw-bin", s_bytes } };
        await host.Client.SayAsync(new Note(), headers).ResponseAsync.InTime();
        Assert.Equal("a value", seen!.GetValue("x-text"));
        Assert.Equal(s_bytes, seen.GetValueBytes("x-raw-bin"));
        Assert.NotNull(seen.GetValue("user-agent"));
        Assert.DoesNotContain(seen, entry => entry.Key.StartsWith(':'));
    }

    [Fact]
    public async Task ResponseHeadersAndTrailers_TextAndBinary_ReachTheClient()
    {
        var handlers = new Handlers
        {
            Say = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "x-head", "h" }, { "x-head-bin", s_bytes } });
                context.ResponseTrailers.Add("x-tail", "t");
                context.ResponseTrailers.Add("x-tail-bin", s_bytes);
                context.ResponseTrailers.Add("x-many", "1");
                context.ResponseTrailers.Add("x-many", "2");
                return request;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.SayAsync(new Note());
        var headers = await call.ResponseHeadersAsync.InTime();
        await call.ResponseAsync.InTime();
        var trailers = call.GetTrailers();
        Assert.Equal("h", headers.GetValue("x-head"));
        Assert.Equal(s_bytes, headers.GetValueBytes("x-head-bin"));
        Assert.Equal("t", trailers.GetValue("x-tail"));
        Assert.Equal(s_bytes, trailers.GetValueBytes("x-tail-bin"));
        Assert.Equal(["1", "2"], trailers.GetAll("x-many").Select(entry => entry.Value));
        Assert.Null(trailers.Get("grpc-status"));
    }

    [Fact]
    public async Task ResponseHeaders_WrittenBeforeAnyMessage_ArriveAtOnce()
    {
        var goOn = new TaskCompletionSource();
        var handlers = new Handlers
        {
            Expand = async (_, _, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "x-early", "yes" } });
                await goOn.Task;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note());
        Assert.Equal("yes", (await call.ResponseHeadersAsync.InTime()).GetValue("x-early"));
        goOn.SetResult();
        Assert.Empty(await call.ResponseStream.ToListAsync());
    }

    [Fact]
    public async Task ResponseHeaders_WrittenTwice_Throw()
    {
        var handlers = new Handlers
        {
            Say = async (request, context) =>
            {
                await context.WriteResponseHeadersAsync([]);
                await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
                return request;
            },
        };
        await using var host = await EchoHost.StartAsync(handlers);
        await host.Client.SayAsync(new Note()).ResponseAsync.InTime();
    }

    [Fact]
    public async Task ErrorWithoutMessages_HeadersAndTrailers_BothComplete()
    {
        var handlers = new Handlers
        {
            Expand = (_, _, _) => throw new RpcException(new Status(StatusCode.Aborted, "no"), new Metadata { { "x-why", "because" } }),
        };
        await using var host = await EchoHost.StartAsync(handlers);
        using var call = host.Client.Expand(new Note());
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
        await call.ResponseHeadersAsync.InTime();
    }

    [Fact]
    public void Entries_KeysAndKinds_AreChecked()
    {
        Assert.Equal("abc", new Metadata.Entry("ABC", "v").Key);
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("sp ace", "v"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("text-bin", "v"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("no-suffix", s_bytes));
        Assert.Throws<InvalidOperationException>(() => new Metadata.Entry("x-bin", s_bytes).Value);
        Assert.Equal("v"u8.ToArray(), new Metadata.Entry("x", "v").ValueBytes);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("x", "v"));
    }

    [Fact]
    public void Get_SeveralOfAKey_GivesTheLast()
    {
        var metadata = new Metadata { { "k", "1" }, { "K", "2" } };
        Assert.Equal("2", metadata.GetValue("k"));
        Assert.Null(metadata.Get("other"));
        Assert.Equal(2, metadata.GetAll("K").Count());
    }
}
