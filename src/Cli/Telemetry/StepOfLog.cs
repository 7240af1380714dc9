using Lockstep.Protos;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Lockstep.Cli.Telemetry;

/// <summary>Files a line that was written outside of any span under the trace of the step that is open.</summary>
internal sealed class StepOfLog : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (data.TraceId != default || StepInProgress.Context is not { } step) return;
        (data.TraceId, data.SpanId, data.TraceFlags) = (step.TraceId, step.SpanId, step.TraceFlags);
    }
}
