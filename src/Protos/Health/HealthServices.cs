using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos;

/// <summary>
/// The names under which coordinator and nodes answer the standard service grpc.health.v1.Health
/// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). The empty name, the server as a whole, answers as <see cref="Live"/>.
/// </summary>
public static class HealthServices
{
    public const string Startup = "lockstep.startup";
    public const string Live = "lockstep.live";
    public const string Ready = "lockstep.ready";

    // Who watches hears of a change so soon. Looking costs nothing: all that is asked is in memory.
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1); // the shortest that ASP.NET takes

    private static readonly (string Name, Func<IVitals, string?> Of)[] Vitals =
        [(Startup, vitals => vitals.Startup), (Live, vitals => vitals.Live), (Ready, vitals => vitals.Ready)];

    /// <summary>All names that are served, but the empty one.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Vitals.Select(vital => vital.Name)];

    /// <summary>Adds the health service over the host's <see cref="IVitals"/>; MapGrpcHealthChecksService opens it.</summary>
    public static void AddHealthServices(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var checks = services.AddGrpcHealthChecks(options =>
        {
            options.Services.Map("", check => check.Name == Live);
            foreach (var (name, _) in Vitals) options.Services.Map(name, check => check.Name == name);
        });
        foreach (var (name, of) in Vitals)
            checks.Add(new HealthCheckRegistration(name, provider => new VitalCheck(() => of(provider.GetRequiredService<IVitals>())), failureStatus: null, tags: null));
        services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.Zero, WatchInterval));
        // Not ready is no error, and is asked for every second: what it means, the run says.
        services.Configure<LoggerFilterOptions>(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
    }
}
