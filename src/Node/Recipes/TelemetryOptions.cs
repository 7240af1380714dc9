using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Telemetry: what is told where the OTEL_* variables name an endpoint. Nothing here changes the result of a run.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Spans are emitted of every step that ends at a multiple of this, and of every disturbed one; 0: of those alone.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Telemetry:TraceEverySteps must be between 0 (only disturbed steps) and 1000000000")]
    public int TraceEverySteps { get; init; }
}
