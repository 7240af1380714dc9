using Lockstep.Protos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Lockstep.Cli.Telemetry;

/// <summary>OpenTelemetry's SDK and OTLP exporter for one process, beside the host: its settings are the OTEL_* variables alone.</summary>
internal sealed class OtlpPipeline : IDisposable
{
    // Of the last spans, metrics and lines. A collector that is not there refuses at once; one that does not answer is left.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);
    private readonly ServiceProvider _services;

    private OtlpPipeline(ServiceProvider services, bool logs)
    {
        _services = services;
        _ = services.GetService<TracerProvider>();
        _ = services.GetService<MeterProvider>();
        Logs = logs ? services.GetServices<ILoggerProvider>().OfType<OpenTelemetryLoggerProvider>().Single() : null;
    }

    /// <summary>Where log lines are to go; null when they have nowhere to.</summary>
    public ILoggerProvider? Logs { get; }

    public static OtlpPipeline Start(OtlpSignals signals, string service, string instance)
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false); // or its spans do not say what was called
        var services = new ServiceCollection();
        services.AddLogging();
        var telemetry = services.AddOpenTelemetry().UseOtlpExporter().ConfigureResource(resource => resource
            .AddService(service, serviceVersion: typeof(OtlpPipeline).Assembly.GetName().Version?.ToString(3), serviceInstanceId: instance)
            .AddAttributes([new("host.name", Environment.MachineName), new("process.pid", Environment.ProcessId)])
            .AddEnvironmentVariableDetector()); // last: what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before
        // Sources of .NET's own: calls that a process makes, and those that it answers.
        if (signals.Traces) telemetry.WithTracing(traces => traces.AddSource(TelemetryNames.Source, "System.Net.Http", "Microsoft.AspNetCore").AddProcessor(new QuietCalls()));
        if (signals.Metrics) telemetry.WithMetrics(metrics => metrics.AddMeter(TelemetryNames.Source, "System.Runtime"));
        if (signals.Logs) telemetry.WithLogging(logs => logs.AddProcessor(new StepOfLog()), options => options.IncludeFormattedMessage = true);
        return new(services.BuildServiceProvider(), signals.Logs);
    }

    public void Dispose()
    {
        var patience = (int)Farewell.TotalMilliseconds;
        Task[] ends =
        [
            Task.Run(() => _services.GetService<TracerProvider>()?.Shutdown(patience)),
            Task.Run(() => _services.GetService<MeterProvider>()?.Shutdown(patience)),
            Task.Run(() => _services.GetService<LoggerProvider>()?.Shutdown(patience)),
        ];
        // What has not ended by then ends with the process.
        if (Task.WaitAll(ends, Farewell)) _services.Dispose();
    }
}
