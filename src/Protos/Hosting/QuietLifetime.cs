using Microsoft.Extensions.Hosting;

namespace Lockstep.Protos.Hosting;

/// <summary>In place of the console lifetime: signals are for whoever made the host, and end it when they have ended what it serves.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
