using Lockstep.Protos;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Lockstep.Coordinator.Hosting;

/// <summary>Healthy until the run has failed.</summary>
internal sealed class RunHealth(RunLoop run) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(run.State.Outcome is { Outcome: Finish.Types.Outcome.Failed } failed ? HealthCheckResult.Unhealthy(failed.Reason) : HealthCheckResult.Healthy());
}
