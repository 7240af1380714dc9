using Lockstep.Models;
using Lockstep.Models.Replica;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica;

/// <summary>A lane of the CPU: it computes on the state itself, and tells regions of its contribution while backward runs.</summary>
internal sealed class DirectWorker(IPretrainingMethod method, ReplicaState state, int microbatchSize) : ILaneWorker
{
    private readonly ILane _lane = method.CreateLane(state);
    private readonly ViewTensors _views = new(method.Views, microbatchSize);
    private readonly SegmentFeed _feed = new();

    public void Run(LaneJob job)
    {
        while (job.TryTake(out var microbatch)) Compute(job, microbatch);
    }

    public void Dispose()
    {
        _lane.Dispose();
        _views.Dispose();
    }

    private void Compute(LaneJob job, int microbatch)
    {
        using (var batch = job.Take(microbatch)) _views.Fill(batch);
        using var scope = NewDisposeScope();
        _feed.Begin(job.Sums, microbatch);
        _lane.Compute(_views.Tensors, microbatch, _feed);
        _feed.End();
        job.Computed();
    }
}
