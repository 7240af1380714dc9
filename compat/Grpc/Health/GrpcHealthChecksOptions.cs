namespace Grpc.AspNetCore.HealthChecks;

/// <summary>Options of the gRPC health service.</summary>
public sealed class GrpcHealthChecksOptions
{
    /// <summary>Which health checks make up the health of which service name; "" has all of them unless changed.</summary>
    public ServiceMappingCollection Services { get; } = [];

    /// <summary>Whether Check answers from the last published report instead of running the checks. False unless set.</summary>
    public bool UseHealthChecksCache { get; set; }

    /// <summary>Whether Watch calls stay open when the application stops. False unless set: they end with NOT_SERVING.</summary>
    public bool SuppressCompletionOnShutdown { get; set; }
}
