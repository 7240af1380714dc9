using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Lockstep.Protos;

/// <summary>
/// The trace of a step. Its identifiers are a formula of run and step: the spans of all processes meet in one trace though
/// nobody passes them on, and while there is no coordinator as well. docs/telemetry.md tells who emits what.
/// </summary>
public static class StepTrace
{
    private const int TraceIdBytes = 16, SpanIdBytes = 8;

    /// <summary>Where all spans of Lockstep come from.</summary>
    public static ActivitySource Source { get; } = new(TelemetryNames.Source);

    /// <summary>The step's root span, under which every process hangs its own: SHA-256 of "run/step", cut in two.</summary>
    public static ActivityContext RootOf(string run, long step)
    {
        ArgumentNullException.ThrowIfNull(run);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{run}/{step}")));
        return new(
            ActivityTraceId.CreateFromBytes(hash.AsSpan(0, TraceIdBytes)), ActivitySpanId.CreateFromBytes(hash.AsSpan(TraceIdBytes, SpanIdBytes)),
            ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>Whether a step is told of though nothing happened in it: those that end at a multiple of <paramref name="every"/>; 0: none.</summary>
    public static bool IsSampled(long step, int every) => every > 0 && (step + 1) % every == 0;

    /// <summary>Begins a span; null when nobody listens.</summary>
    public static Activity? Start(string name, ActivityContext parent, DateTimeOffset from, params ActivityLink[] links) =>
        Source.StartActivity(name, ActivityKind.Internal, parent, tags: null, links, from);

    /// <summary>Begins the step's root span: the coordinator alone does.</summary>
    public static Activity? StartRoot(string run, long step, DateTimeOffset from)
    {
        var root = RootOf(run, step);
        var span = Start(TelemetryNames.Step, new(root.TraceId, default, root.TraceFlags, isRemote: true), from);
        if (span is not null) SpanIdOf(span) = root.SpanId.ToHexString();
        return span;
    }

    /// <summary>Ends a span at a time that has passed.</summary>
    public static void End(this Activity? span, DateTimeOffset at)
    {
        span?.SetEndTime(at.UtcDateTime);
        span?.Dispose();
    }

    // .NET lets a program choose the identifier of a trace, but not that of a span.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanIdOf(Activity span);
}
