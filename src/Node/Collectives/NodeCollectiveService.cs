using Grpc.Core;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Node.Collectives;

/// <summary>The service Collective of a node: sums the slices that it owns.</summary>
public sealed class NodeCollectiveService(Collectives collectives, Refusals refusals) : CollectiveServiceBase
{
    public override Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context) =>
        ExchangeServer.ServeAsync(requestStream, responseStream, context, greeting => collectives.FindAsync(greeting, context.CancellationToken), refusals);
}
