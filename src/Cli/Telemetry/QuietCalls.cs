using System.Diagnostics;
using OpenTelemetry;

namespace Lockstep.Cli.Telemetry;

/// <summary>Leaves out the calls that come several times a second and say nothing: health checks, and who asks for the status.</summary>
internal sealed class QuietCalls : BaseProcessor<Activity>
{
    private static readonly string[] Paths = ["/grpc.health.v1.Health/", "/lockstep.v1.Coordinator/GetStatus"];

    public override void OnEnd(Activity data)
    {
        if (data.GetTagItem("url.path") is string path && Paths.Any(quiet => path.StartsWith(quiet, StringComparison.Ordinal)))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
