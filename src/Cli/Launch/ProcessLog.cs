using Microsoft.Extensions.Logging;

namespace Lockstep.Cli.Launch;

/// <summary>How coordinator and node log: one line an event on standard output, UTC.</summary>
internal static class ProcessLog
{
    public static void Configure(ILoggingBuilder logging) => logging
        .SetMinimumLevel(LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical) // what it says of a failed start, our own message says better
        .AddFilter("Grpc", LogLevel.Warning)
        .AddFilter("Lockstep.Node.Collectives", LogLevel.Warning)
        .AddFilter("Lockstep.Coordinator.Hosting.CoordinatorService", LogLevel.Warning) // how each session ended, likewise
        .AddFilter("Lockstep.Coordinator.Reduce", LogLevel.Warning) // how each stream ended; what it means, the run says
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
}
