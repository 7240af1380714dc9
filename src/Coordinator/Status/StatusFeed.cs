using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Lockstep.Coordinator.Hosting;
using Lockstep.Coordinator.Reduce;
using Lockstep.Protos;
using Lockstep.Protos.Curves;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator.Status;

/// <summary>The run as people and tools see it: now, and its curves.</summary>
internal sealed class StatusFeed(RunLoop run, ReduceHub hub, Refusals refusals, TimeProvider time)
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(500);
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private readonly StepHistory _history = new(StepHistory.UsualCapacity);

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

    /// <summary>The first step of the curves: it falls when a node tells of the steps before this start of the coordinator.</summary>
    public long CurvesBegin => Points() is { IsEmpty: false } points ? points[0].Step : long.MaxValue;

    /// <summary>RunStatus by the JSON mapping of Protocol Buffers: 64-bit integers are strings.</summary>
    public string Status() => Json.Format(Now());

    /// <summary>
    /// {"steps": [...], "loss": [...], "imagesPerSecond": [...], "knnSteps": [...], "knn": [...]}, at most 1,026 points each; what is
    /// not finite is null. What this start of the coordinator has seen is continued backwards by what the run folder tells.
    /// </summary>
    public string History()
    {
        var (points, knn) = (Points(), run.State.Knn);
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
        var seen = run.State.CommittedSteps;
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var status = Now();
                if (_history.Points.IsEmpty) seen = Math.Min(seen, status.CommittedSteps); // the nodes may be behind the journal
                if (status.CommittedSteps <= seen || run.State.Recent.Length < 2) continue; // from the second commit of this start on loss and pace are known
                seen = status.CommittedSteps;
                _history.Add(new(seen, status.Loss, status.ImagesPerSecond));
            }
        }
        catch (OperationCanceledException)
        {
            // The coordinator ends.
        }
    }

    private ImmutableArray<StepPoint> Points()
    {
        var (seen, told) = (_history.Points, run.State.Told);
        return seen.IsEmpty ? told : [.. told.Where(point => point.Step < seen[0].Step), .. seen];
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";
}
