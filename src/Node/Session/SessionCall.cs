using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Protos;

namespace Lockstep.Node.Session;

/// <summary>A session stream that the coordinator has welcomed, and the connection under it.</summary>
internal sealed record SessionCall(GrpcChannel Channel, AsyncDuplexStreamingCall<NodeMessage, CoordinatorMessage> Call, Welcome Welcome) : IDisposable
{
    public void Dispose()
    {
        Call.Dispose();
        Channel.Dispose();
    }
}
