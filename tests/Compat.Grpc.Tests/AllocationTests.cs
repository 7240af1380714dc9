using System.Buffers;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>Bulk data passes without allocating anything of its size. Alone, since it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    private const int MessageBytes = 256 * 1024;
    private const int Messages = 300;
    private static readonly byte[] s_data = new byte[MessageBytes];

    private static readonly Marshaller<byte[]> s_marshaller = Marshallers.Create<byte[]>(
        (bytes, context) =>
        {
            context.SetPayloadLength(bytes.Length);
            context.GetBufferWriter().Write(bytes);
            context.Complete();
        },
        context =>
        {
            context.PayloadAsReadOnlySequence().CopyTo(s_data);
            return s_data;
        });

    private static readonly Method<byte[], byte[]> s_push = new(
        MethodType.ClientStreaming, "lockstep.test.Bulk", "Push", s_marshaller, s_marshaller);

    [Fact]
    public async Task Push_SteadyState_AllocatesNothingOfThePayloadsSize()
    {
        await using var host = await EchoHost.StartAsync(map: app => app.MapGrpcService<BulkService>());
        await PushAsync(host);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await PushAsync(host);
        var perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / Messages;

        // Both sides together. Tasks and the HTTP/2 client's 16 KiB frames cost some; a copy of the payload would show.
        Assert.True(perMessage < MessageBytes / 4, $"{perMessage} bytes were allocated for each message of {MessageBytes} bytes.");
    }

    private static async Task PushAsync(EchoHost host)
    {
        using var call = host.Channel.CreateCallInvoker().AsyncClientStreamingCall(s_push, null, new CallOptions());
        for (var i = 0; i < Messages; i++)
        {
            await call.RequestStream.WriteAsync(s_data).InTime();
        }

        await call.RequestStream.CompleteAsync().InTime();
        await call.ResponseAsync.InTime();
    }

    /// <summary>Reads everything and answers once.</summary>
    [BindServiceMethod(typeof(BulkService), nameof(Bind))]
    internal class BulkService
    {
        public static void Bind(ServiceBinderBase binder, BulkService? service) =>
            binder.AddMethod(s_push, service is null ? null! : new ClientStreamingServerMethod<byte[], byte[]>(service.Push));

        public virtual async Task<byte[]> Push(IAsyncStreamReader<byte[]> requests, ServerCallContext context)
        {
            while (await requests.MoveNext(CancellationToken.None))
            {
            }

            return s_data;
        }
    }
}
