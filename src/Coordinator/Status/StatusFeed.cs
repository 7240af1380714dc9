using System.Globalization;
using System.Text;
using Google.Protobuf;
using Lockstep.Coordinator.Hosting;
using Lockstep.Coordinator.Reduce;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator.Status;

/// <summary>The run as people and tools see it: now, and its curves since the coordinator's start.</summary>
internal sealed class StatusFeed(RunLoop run, ReduceHub hub, Refusals refusals, TimeProvider time)
{
    private const int KeptPoints = 512;
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(500);
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private readonly StepHistory _history = new(KeptPoints);

    /// <summary>Address of the status page; empty when there is none.</summary>
    public string Page { get; set; } = "";

    /// <summary>Ends with the run.</summary>
    public Task Finished => run.Finished;

    /// <summary>The answer to GetStatus.</summary>
    public RunStatus Now()
    {
        var status = StatusReport.Of(run.State, hub.BytesReceived, hub.BytesSent, run.Now);
        status.StatusPage = Page;
        status.Refused = refusals.Total;
        return status;
    }

    /// <summary>RunStatus by the JSON mapping of Protocol Buffers: 64-bit integers are strings.</summary>
    public string Status() => Json.Format(Now());

    /// <summary>
    /// {"steps": [...], "loss": [...], "imagesPerSecond": [...], "knnSteps": [...], "knn": [...]}, at most 513 points each; what is
    /// not finite is null.
    /// </summary>
    public string History()
    {
        var (points, knn) = (_history.Points, run.State.Knn);
        var text = new StringBuilder();
        text.Append("{\"steps\":[").AppendJoin(',', points.Select(p => p.Step.ToString(CultureInfo.InvariantCulture)));
        text.Append("],\"loss\":[").AppendJoin(',', points.Select(p => Number(p.Loss)));
        text.Append("],\"imagesPerSecond\":[").AppendJoin(',', points.Select(p => Number(p.ImagesPerSecond)));
        text.Append("],\"knnSteps\":[").AppendJoin(',', knn.Select(k => k.Step.ToString(CultureInfo.InvariantCulture)));
        text.Append("],\"knn\":[").AppendJoin(',', knn.Select(k => Number(k.Accuracy)));
        return text.Append("]}").ToString();
    }

    /// <summary>Looks at the run twice a second until cancelled.</summary>
    public async Task SampleAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(SampleInterval, time);
        var seen = run.State.CommittedSteps; // of steps before this start nothing but their number is known
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var status = Now();
                if (status.CommittedSteps <= seen) continue;
                seen = status.CommittedSteps;
                _history.Add(new(seen, status.Loss, status.ImagesPerSecond));
            }
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";
}
