using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Lockstep.Compat.Grpc.Tests.Protos;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests.Interop;

/// <summary>Our client calls grpcio's server.</summary>
public class GrpcioServerTests
{
    private static readonly byte[] s_raw = [0, 1, 127, 128, 255];

    [Fact]
    public Task AllKinds_OfCalls_Echo() => WithServerAsync(async channel =>
    {
        var client = new Echo.EchoClient(channel);
        var sent = new Note { Text = "grüße", Number = 7, Data = ByteString.CopyFrom(s_raw) };
        Assert.Equal(sent, await client.SayAsync(sent).ResponseAsync.InTime());

        using var collect = client.Collect();
        await collect.RequestStream.WriteAsync(new Note { Text = "a", Number = 1 }).InTime();
        await collect.RequestStream.WriteAsync(new Note { Text = "b", Number = 2 }).InTime();
        await collect.RequestStream.CompleteAsync().InTime();
        Assert.Equal(new Note { Text = "ab", Number = 3 }, await collect.ResponseAsync.InTime());

        using var expand = client.Expand(new Note { Text = "x", Number = 5 });
        Assert.Equal(Enumerable.Range(0, 5), (await expand.ResponseStream.ToListAsync()).Select(note => note.Number));

        using var chat = client.Chat();
        for (var i = 1; i < 20; i++)
        {
            await chat.RequestStream.WriteAsync(new Note { Number = i }).InTime();
            Assert.True(await chat.ResponseStream.MoveNext().InTime());
            Assert.Equal(i, chat.ResponseStream.Current.Number);
        }

        await chat.RequestStream.CompleteAsync().InTime();
        Assert.False(await chat.ResponseStream.MoveNext().InTime());
    });

    [Fact]
    public Task Error_WithPercentEncodedDetail_ArrivesWithTrailers() => WithServerAsync(async channel =>
    {
        var failure = await Within.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note { Text = "fail" }));
        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal("100 % Grüße, 世界", failure.Status.Detail);
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
    });

    [Fact]
    public Task Deadline_OfAHangingCall_IsExceeded() => WithServerAsync(async channel =>
    {
        var call = new Echo.EchoClient(channel).SayAsync(new Note { Text = "hang" }, deadline: DateTime.UtcNow.AddMilliseconds(300));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Within.FailsAsync(call)).StatusCode);
    });

    [Fact]
    public Task Metadata_TextAndBinary_ComesBack() => WithServerAsync(async channel =>
    {
        var headers = new Metadata { { "x-text", "value" }, { "x-raw-bin", s_raw } };
        using var call = new Echo.EchoClient(channel).SayAsync(new Note { Text = "metadata" }, headers);
        await call.ResponseAsync.InTime();
        var received = await call.ResponseHeadersAsync.InTime();
        Assert.Equal("value", received.GetValue("x-text"));
        Assert.Equal(s_raw, received.GetValueBytes("x-raw-bin"));
        Assert.Equal("value", call.GetTrailers().GetValue("x-tail"));
        Assert.Equal(s_raw, call.GetTrailers().GetValueBytes("x-tail-bin"));
    });

    [Fact]
    public Task Unimplemented_Method_IsUnimplemented() => WithServerAsync(async channel =>
    {
        var missing = new Method<string, string>(
            MethodType.Unary, "lockstep.test.Echo", "Missing", Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        var failure = await Within.FailsAsync(channel.CreateCallInvoker().AsyncUnaryCall(missing, null, new CallOptions(), ""));
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    });

    [Fact]
    public Task LargeMessages_BothWays_ArriveWhole() => WithServerAsync(async channel =>
    {
        var data = new byte[12 * 1024 * 1024];
        new Random(1).NextBytes(data);
        var note = new Note { Data = UnsafeByteOperations.UnsafeWrap(data) };
        Assert.Equal(note, await new Echo.EchoClient(channel).SayAsync(note).ResponseAsync.InTime());
    });

    [Fact]
    public Task Gzip_FromTheServer_IsInflated() => WithServerAsync(
        async channel =>
        {
            var note = new Note { Data = ByteString.CopyFrom(new byte[100_000]) };
            Assert.Equal(note, await new Echo.EchoClient(channel).SayAsync(note).ResponseAsync.InTime());
        },
        "gzip");

    [Fact]
    public Task Health_Check_KnowsServingAndNotFound() => WithServerAsync(async channel =>
    {
        var client = new Health.HealthClient(channel);
        var response = await client.CheckAsync(new HealthCheckRequest()).ResponseAsync.InTime();
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
        var failure = await Within.FailsAsync(client.CheckAsync(new HealthCheckRequest { Service = "nobody" }));
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    });

    private static async Task WithServerAsync(Func<GrpcChannel, Task> test, params string[] arguments)
    {
        await Grpcio.RequireAsync();
        using var process = Grpcio.Start([Grpcio.Script("peer_server.py"), .. arguments]);
        try
        {
            var port = int.Parse(await process.StandardOutput.ReadLineAsync().InTime() ?? "", CultureInfo.InvariantCulture);
            using var channel = GrpcChannel.ForAddress(
                $"http://127.0.0.1:{port}", new GrpcChannelOptions { MaxReceiveMessageSize = null });
            await test(channel);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().InTime();
        }
    }
}
