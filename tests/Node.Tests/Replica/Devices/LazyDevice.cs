using Lockstep.Models.Replica;
using Lockstep.Node.Replica.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Replica.Devices;

/// <summary>
/// The CPU in the place of a GPU that is as late as it may be: it does nothing before it is waited for, and then all that it was
/// given, in order. What is overwritten too early comes out wrong.
/// </summary>
internal sealed class LazyDevice() : ComputeDevice(new Device(DeviceType.CPU), isStaged: true)
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _given = new();

    /// <summary>What the device was asked for, in order: upload, compute, download.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>A kernel.</summary>
    public void Give(Action work) => Give("compute", work);

    internal override void Upload(Tensor target, Tensor source) => Give("upload", () => target.copy_(source));

    internal override void Download(Tensor target, Tensor source)
    {
        lock (_gate)
        {
            Asked.Add("download");
            Work();
            target.copy_(source);
        }
    }

    internal override void Refresh(ReplicaState copy, ReplicaState state)
    {
        lock (_gate)
        {
            Work();
            base.Refresh(copy, state);
        }
    }

    private void Give(string name, Action work)
    {
        lock (_gate)
        {
            Asked.Add(name);
            _given.Enqueue(work);
        }
    }

    private void Work()
    {
        while (_given.TryDequeue(out var work)) work();
    }
}
