using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lockstep.Protos;

/// <summary>One of the <see cref="IVitals"/> as a health check.</summary>
/// <param name="fault">Null when all is well.</param>
internal sealed class VitalCheck(Func<string?> fault) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(fault() is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());
}
