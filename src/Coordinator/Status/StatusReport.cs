using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Status;

/// <summary>The run as people and tools see it: a pure reading of the state.</summary>
public static class StatusReport
{
    /// <summary>The answer to GetStatus.</summary>
    public static RunStatus Of(RunState state, long bytesReceived, long bytesSent, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (imagesPerSecond, dataWaitShare) = Pace(state);
        return new()
        {
            Run = state.Run,
            Phase = (state.Outcome?.Outcome.ToString() ?? state.Phase.ToString()).ToLowerInvariant(),
            Generation = state.Generation,
            CommittedSteps = state.CommittedSteps,
            TotalSteps = state.TotalSteps,
            Loss = state.Loss,
            ImagesPerSecond = imagesPerSecond,
            DataWaitShare = dataWaitShare,
            Reason = state.Outcome?.Reason ?? state.StopReason ?? WaitsFor(state),
            ExpectedNodes = state.Settings.ExpectedNodes,
            StateDigest = state.Agreed.Digest,
            StateDigestStep = state.Agreed.Step,
            ReduceBytesReceived = bytesReceived,
            ReduceBytesSent = bytesSent,
            Epoch = state.Epoch,
            UptimeSeconds = now.TotalSeconds,
            LostMicrobatches = state.LostMicrobatches,
            ComputedMicrobatches = state.ComputedMicrobatches,
            Values = { state.Watched.Values },
            ValuesStep = state.Watched.Step,
            Knn = state.Knn.LastOrDefault(),
            Alarms = { state.Alarms.Select(Of) },
            Nodes = { state.Nodes.Select(node => Of(state, node, now)) },
            Faults = { state.Faults.Select(Of) },
        };
    }

    private static Fault Of(FaultNote note) => new() { AtSeconds = note.At.TotalSeconds, Kind = note.Kind, Node = note.Node, Step = note.Step, Text = note.Text };

    private static NodeStatus Of(RunState state, NodeState node, TimeSpan now) => new()
    {
        Node = node.Name,
        Index = node.Index,
        State = node.Stage.ToString().ToLowerInvariant(),
        FirstMicrobatch = node.Range.First,
        MicrobatchCount = node.Range.Count,
        ComputeSeconds = node.ComputeSeconds,
        SilenceSeconds = Math.Max(0, (now - node.Pulse.LastHeard).TotalSeconds),
        ReplacedSamples = node.ReplacedSamples,
        Phase = node.Doing.Phase,
        Step = node.Doing.Step,
        WaitsFor = node.Doing.WaitsFor,
        Slowness = state.Stragglers.Slowness(node.Name) ?? 0,
    };

    private static string WaitsFor(RunState state) => state.Phase == RunPhase.Waiting
        ? $"waiting for nodes: {state.Nodes.Count(node => node.Stage == NodeStage.Standby)} of {state.Settings.ExpectedNodes} ready{(state.Awaited.Length > 0 ? $" (the last generation had {string.Join(", ", state.Awaited)})" : "")}"
        : "";

    // Over the last steps, from the first commit among them to the last.
    private static (double ImagesPerSecond, double DataWaitShare) Pace(RunState state)
    {
        if (state.Recent.Length < 2) return (0, 0);
        var seconds = (state.Recent[^1].CommittedAt - state.Recent[0].CommittedAt).TotalSeconds;
        if (seconds <= 0) return (0, 0);
        var steps = state.Recent.Skip(1).ToArray();
        var share = steps.Sum(step => step.DataSeconds) / (seconds * steps.Average(step => step.Nodes));
        return (state.Settings.GlobalBatch * steps.Length / seconds, Math.Clamp(share, 0, 1));
    }
}
