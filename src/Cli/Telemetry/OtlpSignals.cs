namespace Lockstep.Cli.Telemetry;

/// <summary>Which signals have somewhere to go.</summary>
internal readonly record struct OtlpSignals(bool Traces, bool Metrics, bool Logs)
{
    public bool Any => Traces || Metrics || Logs;

    /// <summary>
    /// A signal is on when OTEL_EXPORTER_OTLP_ENDPOINT, or its own such as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, names an endpoint,
    /// unless OTEL_TRACES_EXPORTER (_METRICS_, _LOGS_) is none or OTEL_SDK_DISABLED is true.
    /// </summary>
    /// <param name="variable">The environment.</param>
    public static OtlpSignals Of(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (Is("OTEL_SDK_DISABLED", "true")) return default;
        return new(IsOn("TRACES"), IsOn("METRICS"), IsOn("LOGS"));

        bool IsOn(string signal) => !Is($"OTEL_{signal}_EXPORTER", "none") && (IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));
        bool Is(string name, string value) => string.Equals(variable(name)?.Trim(), value, StringComparison.OrdinalIgnoreCase);
        bool IsSet(string name) => !string.IsNullOrWhiteSpace(variable(name));
    }
}
