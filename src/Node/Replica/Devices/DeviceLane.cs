using Lockstep.Models;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica.Devices;

/// <summary>
/// A lane of a device that is used like one of the CPU: views and contribution are in the CPU's memory, and it waits for each
/// microbatch. It keeps the state as it is now.
/// </summary>
internal sealed class DeviceLane : ILane
{
    private readonly ComputeDevice _device;
    private readonly ReplicaState _copy;
    private readonly ILane _lane;
    private readonly ViewTensors _views;
    private readonly FlatBuffer _contribution;

    public DeviceLane(IPretrainingMethod method, ReplicaState state, int microbatchSize, ComputeDevice device)
    {
        _device = device;
        _copy = device.CreateCopy(method);
        _copy.CopyFrom(state);
        _lane = method.CreateLane(_copy);
        _views = ViewTensors.On(device.Device, method.Views, microbatchSize);
        _contribution = device.CreateHostBuffer(method.Contribution);
    }

    public FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null)
    {
        using var scope = NewDisposeScope();
        _device.Download(_contribution.Tensor, _lane.Compute(Upload(views), microbatch).Tensor);
        sink?.Final(_contribution.Span, 0, _contribution.Span.Length);
        return _contribution;
    }

    public LaneExamination Examine(IReadOnlyList<Tensor> views, int microbatch) => _lane.Examine(Upload(views), microbatch);

    public void Dispose()
    {
        _lane.Dispose();
        _copy.Dispose();
        _views.Dispose();
        _contribution.Dispose();
    }

    private IReadOnlyList<Tensor> Upload(IReadOnlyList<Tensor> views)
    {
        for (var v = 0; v < views.Count; v++) _device.Upload(_views.Tensors[v], views[v]);
        return _views.Tensors;
    }
}
