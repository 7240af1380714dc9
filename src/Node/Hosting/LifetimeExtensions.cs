using Microsoft.Extensions.Hosting;

namespace Lockstep.Node.Hosting;

internal static class LifetimeExtensions
{
    /// <summary>Completes when the host's servers listen.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        using var stopped = lifetime.ApplicationStopping.Register(() => started.TrySetCanceled());
        await started.Task;
    }
}
