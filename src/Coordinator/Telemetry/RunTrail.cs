using System.Diagnostics;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Telemetry;

/// <summary>What the coordinator saw of one step, kept until it is committed. Times are those of the run: since the coordinator's start.</summary>
internal sealed class RunTrail(TimeSpan from)
{
    private readonly List<(TimeSpan At, string Name, ActivityTagsCollection Tags)> _events = [];
    private TimeSpan? _firstPrepared;
    private string _last = "";

    /// <summary>Something happened that does not belong to a quiet step.</summary>
    public bool IsDisturbed { get; private set; }

    /// <summary>A node holds the sum.</summary>
    public void Prepared(string node, TimeSpan at) => (_firstPrepared, _last) = (_firstPrepared ?? at, node);

    public void Faulted(FaultNote fault)
    {
        IsDisturbed |= fault.Kind != "straggler"; // who is slow gets less: nothing was interrupted
        _events.Add((fault.At, TelemetryNames.FaultEvent, new() { [TelemetryNames.FaultKind] = fault.Kind, [TelemetryNames.Node] = fault.Node, [TelemetryNames.FaultText] = fault.Text }));
    }

    /// <summary>The step goes on in another generation.</summary>
    /// <param name="isFirst">There was none before.</param>
    public void Begun(long generation, TimeSpan at, bool isFirst)
    {
        IsDisturbed |= !isFirst;
        _firstPrepared = null;
        _events.Add((at, TelemetryNames.GenerationEvent, new() { [TelemetryNames.Generation] = generation }));
    }

    /// <summary>A member is gone after the step.</summary>
    public void Disturb() => IsDisturbed = true;

    /// <summary>Emits the root span, and under it the wait for the last node.</summary>
    /// <param name="before">The run before the commit, which names run, step and generation.</param>
    /// <param name="committed">When it was committed.</param>
    /// <param name="start">When the coordinator started.</param>
    public void Tell(RunState before, TimeSpan committed, DateTimeOffset start)
    {
        var root = StepTrace.StartRoot(before.Run, before.CommittedSteps, start + from);
        if (root is null) return;
        root.SetTag(TelemetryNames.Run, before.Run).SetTag(TelemetryNames.StepNumber, before.CommittedSteps).SetTag(TelemetryNames.Generation, before.Generation)
            .SetTag(TelemetryNames.TraceReason, IsDisturbed ? "disturbed" : "sampled").SetTag(TelemetryNames.Nodes, before.Members.Count());
        foreach (var (at, name, tags) in _events) root.AddEvent(new(name, start + at, tags));
        if (_firstPrepared is { } first)
        {
            var commit = StepTrace.Start(TelemetryNames.Commit, root.Context, start + first);
            commit?.SetTag(TelemetryNames.LastNode, _last);
            commit.End(start + committed);
        }
        root.End(start + committed);
    }
}
