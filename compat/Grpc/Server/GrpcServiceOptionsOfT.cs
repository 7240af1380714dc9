namespace Grpc.AspNetCore.Server;

/// <summary>Options of one service; what is set here overrides the options of the server.</summary>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
}
