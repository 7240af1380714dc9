using Grpc.Core;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Collectives;

/// <summary>The service Collective of a node: sums the slices that it owns.</summary>
public sealed partial class NodeCollectiveService(Collectives collectives, ILogger<NodeCollectiveService> logger) : CollectiveServiceBase
{
    public override async Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context)
    {
        try
        {
            await ExchangeServer.ServeAsync(requestStream, responseStream, context, greeting => collectives.FindAsync(greeting, context.CancellationToken));
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            LogRefused(logger, e.Status.Detail);
            throw;
        }
    }

    [LoggerMessage(2102, LogLevel.Warning, "Ended the stream of another node: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
