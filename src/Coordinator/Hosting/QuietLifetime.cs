using Microsoft.Extensions.Hosting;

namespace Lockstep.Coordinator.Hosting;

/// <summary>In place of the console lifetime: signals end the run first, and the host after it.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
