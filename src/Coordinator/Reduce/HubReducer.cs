using Grpc.Core;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The service Collective of the coordinator: one stream a node and generation.</summary>
internal sealed class HubReducer(ReduceHub hub, Refusals refusals) : CollectiveServiceBase
{
    public override Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context) =>
        ExchangeServer.ServeAsync(requestStream, responseStream, context, _ => new(hub.Current is { } generation ? (generation, null) : (null, hub.Absence)), refusals);
}
