using Grpc.Core;

namespace Lockstep.Protos;

/// <summary>Base class of the services that sum slices; see collective.proto.</summary>
[BindServiceMethod(typeof(CollectiveServiceBase), nameof(BindService))]
public abstract class CollectiveServiceBase
{
    /// <summary>A node's chunks in, sums out. Each received chunk is the callee's to release.</summary>
    public abstract Task Exchange(IAsyncStreamReader<ChunkMessage> requestStream, IServerStreamWriter<ChunkMessage> responseStream, ServerCallContext context);

    /// <summary>Registers the methods with a server; called by MapGrpcService, with no instance at hand.</summary>
    public static void BindService(ServiceBinderBase serviceBinder, CollectiveServiceBase? serviceImpl)
    {
        ArgumentNullException.ThrowIfNull(serviceBinder);
        serviceBinder.AddMethod(CollectiveMethods.Exchange, serviceImpl is null ? null : new DuplexStreamingServerMethod<ChunkMessage, ChunkMessage>(serviceImpl.Exchange));
    }
}
