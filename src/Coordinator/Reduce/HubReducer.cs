using Grpc.Core;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;
using GrpcStatus = Grpc.Core.Status;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The service Collective: one stream a node and generation. A thin shell around <see cref="ReduceGeneration"/>.</summary>
internal sealed partial class HubReducer(ReduceHub hub, ILogger<HubReducer> logger) : CollectiveServiceBase
{
    public override async Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context)
    {
        // :: 1 who is it?
        if (!await requestStream.MoveNext(context.CancellationToken)) return;
        if (hub.Current is not { } generation) throw Refused(requestStream.Current, "no generation is running");
        var (link, refusal) = generation.Attach(requestStream.Current);
        if (link is null) throw Refused(requestStream.Current, refusal!);

        // :: 2 send its sums, while
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, generation.Ended);
        var sending = SendAsync(generation, link, responseStream);
        try
        {
            // :: 3 its chunks are taken
            do
            {
                var chunk = requestStream.Current;
                if (await generation.TakeAsync(link, chunk, over.Token) is { } problem) throw Refused(link.Index, problem);
            }
            while (await requestStream.MoveNext(over.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            throw new RpcException(new GrpcStatus(StatusCode.Aborted, generation.Ended.IsCancellationRequested ? "the generation is over" : "the stream broke"));
        }
        finally
        {
            link.Complete();
            await sending;
        }
    }

    private async Task SendAsync(ReduceGeneration generation, NodeLink link, IServerStreamWriter<ChunkMessage> stream)
    {
        try
        {
            while (await link.Sums.WaitToReadAsync())
            {
                while (link.Sums.TryRead(out var sum))
                {
                    var bytes = sum.DataBytes;
                    try
                    {
                        await stream.WriteAsync(sum);
                    }
                    finally
                    {
                        sum.Release();
                    }
                    generation.CountSent(bytes);
                }
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
            Log.StreamBroke(logger, link.Index, e.Message);
        }
        finally
        {
            link.Abandon();
        }
    }

    private RpcException Refused(ChunkMessage chunk, string reason)
    {
        var problem = chunk.Problem ?? reason;
        var node = chunk.NodeIndex;
        chunk.Release();
        return Refused(node, problem);
    }

    private RpcException Refused(int node, string reason)
    {
        Log.Refused(logger, node, reason);
        return new(new GrpcStatus(StatusCode.FailedPrecondition, $"the reducer refused a chunk of node number {node}: {reason}"));
    }
}
