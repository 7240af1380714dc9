using System.Globalization;
using Grpc.Core;

namespace Lockstep.Compat.Grpc.Bench;

/// <summary>Takes chunks, gives chunks, or echoes them; and says how much it has allocated.</summary>
[BindServiceMethod(typeof(BulkService), nameof(Bind))]
internal class BulkService
{
    public static readonly Method<string, string> Allocated = new(
        MethodType.Unary, "bench.Bulk", nameof(GetAllocated), Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    private static Chunk s_chunk = new(0);

    /// <summary>Duplex: the client's chunks are dropped ("drop"), sent back ("echo"), or answered by that many ("give").</summary>
    public static Method<Chunk, Chunk> Stream(string mode, Chunk chunk)
    {
        var marshaller = Chunk.MarshallerInto(chunk);
        return new Method<Chunk, Chunk>(MethodType.DuplexStreaming, "bench.Bulk", mode, marshaller, marshaller);
    }

    public static void UseChunk(int sizeBytes) => s_chunk = new Chunk(sizeBytes);

    public static void Bind(ServiceBinderBase binder, BulkService? service)
    {
        binder.AddMethod(Allocated, (UnaryServerMethod<string, string>)null!);
        foreach (var mode in (string[])[nameof(Drop), nameof(Echo), nameof(Give)])
        {
            binder.AddMethod(Stream(mode, s_chunk), (DuplexStreamingServerMethod<Chunk, Chunk>)null!);
        }
    }

    public virtual Task<string> GetAllocated(string request, ServerCallContext context) =>
        Task.FromResult(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));

    public virtual async Task Drop(IAsyncStreamReader<Chunk> requests, IServerStreamWriter<Chunk> responses, ServerCallContext context)
    {
        while (await requests.MoveNext(CancellationToken.None))
        {
        }
    }

    public virtual async Task Echo(IAsyncStreamReader<Chunk> requests, IServerStreamWriter<Chunk> responses, ServerCallContext context)
    {
        while (await requests.MoveNext(CancellationToken.None))
        {
            await responses.WriteAsync(requests.Current);
        }
    }

    public virtual async Task Give(IAsyncStreamReader<Chunk> requests, IServerStreamWriter<Chunk> responses, ServerCallContext context)
    {
        var count = int.Parse(context.RequestHeaders.GetValue("count")!, CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
        {
            await responses.WriteAsync(s_chunk);
        }
    }
}
