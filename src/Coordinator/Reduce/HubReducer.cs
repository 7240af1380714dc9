using Grpc.Core;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The service Collective of the coordinator: one stream a node and generation.</summary>
internal sealed partial class HubReducer(ReduceHub hub, ILogger<HubReducer> logger) : CollectiveServiceBase
{
    public override async Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context)
    {
        try
        {
            await ExchangeServer.ServeAsync(requestStream, responseStream, context, _ => new(hub.Current is { } generation ? (generation, null) : (null, hub.Absence)));
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            Log.Refused(logger, e.Status.Detail);
            throw;
        }
    }
}
