using Lockstep.Models;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica.Devices;

/// <summary>A frozen backbone on a device. Images come from the CPU's memory, and what is made of them goes back to it.</summary>
public sealed class DeviceFeatureExtractor : IFeatureExtractor
{
    private readonly ComputeDevice _device;
    private readonly ReplicaState _copy;
    private readonly IFeatureExtractor _extractor;

    private DeviceFeatureExtractor(ComputeDevice device, ReplicaState copy, IFeatureExtractor extractor) => (_device, _copy, _extractor) = (device, copy, extractor);

    public int ImageSize => _extractor.ImageSize;
    public int PatchSize => _extractor.PatchSize;
    public int Blocks => _extractor.Blocks;

    /// <summary>The backbone of a section of a state: over the state itself where the device is the CPU, over a copy of the section elsewhere.</summary>
    /// <param name="build">Makes the backbone over a state that has the section.</param>
    public static IFeatureExtractor Create(ReplicaState state, string section, ComputeDevice device, Func<ReplicaState, IFeatureExtractor> build)
    {
        if (!device.IsStaged) return build(state);
        var copy = new ReplicaState(new StateLayout([(section, state[section].Layout)]), device.Device);
        copy.CopyFrom(state);
        return new DeviceFeatureExtractor(device, copy, build(copy));
    }

    public Tensor Features(Tensor images) => On(images, _extractor.Features);

    public Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean) => On(images, there => _extractor.ProbeFeatures(there, blocks, patchMean));

    public Tensor PatchFeatures(Tensor images) => On(images, _extractor.PatchFeatures);

    public Tensor Attention(Tensor images) => On(images, _extractor.Attention);

    public void Dispose()
    {
        _extractor.Dispose();
        _copy.Dispose();
    }

    private Tensor On(Tensor images, Func<Tensor, Tensor> work)
    {
        using var scope = NewDisposeScope();
        return work(images.to(_device.Device)).cpu().MoveToOuterDisposeScope();
    }
}
