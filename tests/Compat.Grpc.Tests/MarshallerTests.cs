using System.Buffers;
using System.Text;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Hand-written marshallers: the buffer writer, the received sequence, and what goes wrong in them.</summary>
public class MarshallerTests
{
    private static readonly Marshaller<byte[]> s_bulk = Marshallers.Create<byte[]>(
        (bytes, context) =>
        {
            context.SetPayloadLength(bytes.Length);
            context.GetBufferWriter().Write(bytes);
            context.Complete();
        },
        context =>
        {
            var sequence = context.PayloadAsReadOnlySequence();
            Assert.Equal(context.PayloadLength, sequence.Length);
            return sequence.ToArray();
        });

    private static readonly Marshaller<byte[]> s_withoutLength = Marshallers.Create<byte[]>(
        (bytes, context) =>
        {
            var writer = context.GetBufferWriter();
            foreach (var piece in bytes.Chunk(1000))
            {
                writer.Write(piece);
            }

            context.Complete();
        },
        context => context.PayloadAsNewBuffer());

    private static readonly Marshaller<byte[]> s_arrays = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static readonly Marshaller<byte[]> s_failing = Marshallers.Create<byte[]>(
        (_, _) => throw new NotSupportedException("cannot write"), _ => throw new NotSupportedException("cannot read"));

    public static TheoryData<int, string> Kinds => new()
    {
        { 0, "bulk" }, { 300_000, "bulk" }, { 0, "stepwise" }, { 300_000, "stepwise" }, { 0, "arrays" }, { 300_000, "arrays" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Marshaller_OfEachStyle_RoundTrips(int size, string style)
    {
        var marshaller = style switch { "bulk" => s_bulk, "stepwise" => s_withoutLength, _ => s_arrays };
        await using var host = await StartAsync(marshaller);
        using var call = Chat(host, marshaller, marshaller);
        var sent = Enumerable.Range(0, 8).Select(i => Bytes(size + i)).ToList();
        var reading = call.ResponseStream.ToListAsync();
        foreach (var message in sent)
        {
            await call.RequestStream.WriteAsync(message).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        Assert.Equal(sent, await reading.InTime());
    }

    [Fact]
    public async Task Client_CannotReadAResponse_IsInternal()
    {
        await using var host = await StartAsync(s_arrays);
        using var call = Chat(host, s_arrays, s_failing);
        await call.RequestStream.WriteAsync(Bytes(1)).InTime();
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.Internal, failure.StatusCode);
        Assert.Contains("cannot read", failure.Status.Detail);
    }

    [Fact]
    public async Task Client_ReceivesWhatIsNotProtobuf_FailsTheCall()
    {
        await using var host = await StartAsync(s_arrays);
        var garbage = Marshallers.Create<Protos.Note>(_ => [0xff, 0xff, 0xff], bytes => Protos.Note.Parser.ParseFrom(bytes));
        var method = new Method<Protos.Note, Protos.Note>(MethodType.DuplexStreaming, "lockstep.test.Raw", "Chat", garbage, garbage);
        using var call = host.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions());
        await call.RequestStream.WriteAsync(new Protos.Note()).InTime();
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        // statuscodes.md says Internal; Grpc.Net.Client 2.x says Unavailable (grpc-dotnet issue 2613).
        Assert.Contains(failure.StatusCode, new[] { StatusCode.Internal, StatusCode.Unavailable });
    }

    [Fact]
    public async Task Server_CannotReadARequest_FailsTheCall()
    {
        await using var host = await StartAsync(s_failing);
        using var call = Chat(host, s_arrays, s_arrays);
        await call.RequestStream.WriteAsync(Bytes(1)).InTime();
        var failure = await Within.FailsAsync(() => call.ResponseStream.MoveNext());
        // statuscodes.md says Internal; Grpc.AspNetCore 2.x says Unknown.
        Assert.Contains(failure.StatusCode, new[] { StatusCode.Internal, StatusCode.Unknown });
    }

    [Fact]
    public async Task Client_CannotWriteARequest_ThrowsAndTheStreamGoesOn()
    {
        var fail = true;
        var sometimes = Marshallers.Create<byte[]>(
            bytes => fail ? throw new NotSupportedException("not this one") : bytes, bytes => bytes);
        await using var host = await StartAsync(s_arrays);
        using var call = Chat(host, sometimes, s_arrays);
        await Assert.ThrowsAsync<NotSupportedException>(() => call.RequestStream.WriteAsync(Bytes(1)).InTime());
        fail = false;
        await call.RequestStream.WriteAsync(Bytes(2)).InTime();
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(Bytes(2), call.ResponseStream.Current);
    }

    [Fact]
    public async Task Bulk_ManyChunksBothWays_KeepTheirOrderAndBytes()
    {
        await using var host = await StartAsync(s_bulk);
        using var call = Chat(host, s_bulk, s_bulk);
        var reading = call.ResponseStream.ToListAsync();
        for (var i = 0; i < 64; i++)
        {
            await call.RequestStream.WriteAsync(Bytes(256 * 1024, i)).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        var received = await reading.InTime();
        Assert.Equal(64, received.Count);
        for (var i = 0; i < 64; i++)
        {
            Assert.True(received[i].AsSpan().SequenceEqual(Bytes(256 * 1024, i)), $"Chunk {i} differs.");
        }
    }

    [Fact]
    public void Marshallers_Create_KeepsItsFunctions()
    {
        Assert.Equal("é", Marshallers.StringMarshaller.Deserializer(Encoding.UTF8.GetBytes("é")));
        Assert.Equal("/a.B/C", new Method<byte[], byte[]>(MethodType.Unary, "a.B", "C", s_bulk, s_bulk).FullName);
        Assert.Throws<ArgumentNullException>(() => Marshallers.Create<string>(null!, (byte[] _) => ""));
    }

    private static byte[] Bytes(int size, int seed = 0)
    {
        var bytes = new byte[size];
        new Random(size + seed).NextBytes(bytes);
        return bytes;
    }

    private static Task<EchoHost> StartAsync(Marshaller<byte[]> marshaller)
    {
        RawService.Method = new(MethodType.DuplexStreaming, "lockstep.test.Raw", "Chat", marshaller, marshaller);
        return EchoHost.StartAsync(map: app => app.MapGrpcService<RawService>());
    }

    private static AsyncDuplexStreamingCall<byte[], byte[]> Chat(EchoHost host, Marshaller<byte[]> requests, Marshaller<byte[]> responses)
    {
        var method = new Method<byte[], byte[]>(MethodType.DuplexStreaming, "lockstep.test.Raw", "Chat", requests, responses);
        return host.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions());
    }

    /// <summary>A service bound by hand, as generated code would do it. Its method is virtual, or it is not found, and is read while the endpoint is mapped.</summary>
    [BindServiceMethod(typeof(RawService), nameof(Bind))]
    internal class RawService
    {
        public static Method<byte[], byte[]>? Method { get; set; }

        public static void Bind(ServiceBinderBase binder, RawService? service) =>
            binder.AddMethod(Method!, service is null ? null! : new DuplexStreamingServerMethod<byte[], byte[]>(service.Chat));

        public virtual async Task Chat(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context)
        {
            await foreach (var message in requests.ReadAllAsync())
            {
                await responses.WriteAsync(message);
            }
        }
    }
}
