using Lockstep.Node.Replica.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Replica.Devices;

/// <summary>
/// The CPU in the place of a GPU, with copies of everything. When a lane has waited for a microbatch, the tensors of its views are
/// filled with NaN, on both sides: nobody may need them any more.
/// </summary>
/// <param name="views">Views a microbatch.</param>
internal sealed class PoisonDevice(int views) : ComputeDevice(new Device(DeviceType.CPU), isStaged: true)
{
    private readonly ThreadLocal<Queue<(Tensor Target, Tensor Source)>> _uploads = new(() => new()); // one a lane

    internal override void Upload(Tensor target, Tensor source)
    {
        base.Upload(target, source);
        _uploads.Value!.Enqueue((target, source));
    }

    internal override void Download(Tensor target, Tensor source)
    {
        base.Download(target, source);
        for (var v = 0; v < views; v++)
        {
            var (used, host) = _uploads.Value!.Dequeue();
            used.fill_(float.NaN);
            host.fill_(float.NaN);
        }
    }
}
