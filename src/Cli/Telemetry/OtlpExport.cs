using Microsoft.Extensions.Logging;

namespace Lockstep.Cli.Telemetry;

/// <summary>Sends spans, metrics and logs where the OTEL_* variables say. Without an endpoint nothing is made, and no code of OpenTelemetry is loaded.</summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly IDisposable? _pipeline;
    private readonly ILoggerProvider? _logs;

    private OtlpExport(OtlpSignals signals, string service, string instance)
    {
        if (signals.Any) (_pipeline, _logs) = Pipeline(signals, service, instance);
    }

    /// <summary>Begins to listen, if there is anybody to tell.</summary>
    /// <param name="service">service.name, where OTEL_SERVICE_NAME gives no other.</param>
    /// <param name="instance">service.instance.id, where OTEL_RESOURCE_ATTRIBUTES gives no other: the node's name.</param>
    public static OtlpExport Start(string service, string instance) => new(OtlpSignals.Of(Environment.GetEnvironmentVariable), service, instance);

    /// <summary>The same logging, and to the collector as well.</summary>
    public Action<ILoggingBuilder> With(Action<ILoggingBuilder> configure) => _logs is not { } logs ? configure : logging =>
    {
        configure(logging);
        logging.AddProvider(logs);
    };

    /// <summary>Sends what is left; a collector that does not answer is not waited for.</summary>
    public void Dispose() => _pipeline?.Dispose();

    // A method of its own: OpenTelemetry is loaded when it is called.
    private static (IDisposable, ILoggerProvider?) Pipeline(OtlpSignals signals, string service, string instance)
    {
        var pipeline = OtlpPipeline.Start(signals, service, instance);
        return (pipeline, pipeline.Logs);
    }
}
