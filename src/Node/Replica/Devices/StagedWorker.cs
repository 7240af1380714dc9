using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica.Devices;

/// <summary>
/// A lane of a GPU. While the device computes a microbatch, the next one's views are on their way to it; then the contribution
/// is fetched and told whole.
/// </summary>
/// <param name="method">Makes the modules.</param>
/// <param name="copy">What lanes read of the state, on the device.</param>
/// <param name="microbatchSize">Images.</param>
/// <param name="device">The device.</param>
internal sealed class StagedWorker(IPretrainingMethod method, ReplicaState copy, int microbatchSize, ComputeDevice device) : ILaneWorker
{
    private readonly ILane _lane = method.CreateLane(copy);
    private readonly StagedViews _views = new(method.Views, microbatchSize, device);
    private readonly FlatBuffer _contribution = device.CreateHostBuffer(method.Contribution);
    private readonly SegmentFeed _feed = new();

    public void Run(LaneJob job)
    {
        var isTaken = job.TryTake(out var microbatch);
        var views = isTaken ? Stage(job.Take(microbatch)) : null;
        while (views is not null)
        {
            using var scope = NewDisposeScope();
            _feed.Begin(job.Sums, microbatch);

            // :: 1  the device is told what to compute; a GPU goes on with it after the call
            var computed = _lane.Compute(views, microbatch);

            // :: 2  meanwhile the next microbatch, if its images are there
            isTaken = job.TryTake(out var next);
            views = isTaken && job.TryTakeReady(next) is { } ready ? Stage(ready) : null;

            // :: 3  waits for the device
            device.Download(_contribution.Tensor, computed.Tensor);
            _feed.Final(_contribution.Span, 0, _contribution.Span.Length);
            _feed.End();
            job.Computed();

            // :: 4  now there is time to wait for images
            if (isTaken) views ??= Stage(job.Take(next));
            microbatch = next;
        }
    }

    private IReadOnlyList<Tensor> Stage(Microbatch taken)
    {
        using (taken) return _views.Stage(taken);
    }

    public void Dispose()
    {
        _lane.Dispose();
        _views.Dispose();
        _contribution.Dispose();
    }
}
