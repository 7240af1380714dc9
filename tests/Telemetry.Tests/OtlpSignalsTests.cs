using Lockstep.Cli.Telemetry;

namespace Lockstep.Telemetry.Tests;

public sealed class OtlpSignalsTests
{
    [Theory]
    [InlineData("", false, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT= ", false, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_SERVICE_NAME=a", false, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", true, true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://c:4318/v1/logs", false, false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_METRICS_EXPORTER=none", true, false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_SDK_DISABLED=True", false, false, false)]
    public void Of_WhatTheVariablesSay(string variables, bool traces, bool metrics, bool logs)
    {
        var environment = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        Assert.Equal(new OtlpSignals(traces, metrics, logs), OtlpSignals.Of(environment.GetValueOrDefault));
    }
}
