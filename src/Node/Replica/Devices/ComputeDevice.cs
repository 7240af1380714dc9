using Lockstep.Models;
using Lockstep.Models.Replica;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica.Devices;

/// <summary>
/// Where a node's lanes compute (Node:Device). State, digest, sums and optimizer are in the CPU's memory whatever it is: lanes of
/// a GPU work on copies.
/// </summary>
public class ComputeDevice
{
    /// <param name="device">The device.</param>
    /// <param name="isStaged">Lanes work on copies. On the CPU for tests alone.</param>
    internal ComputeDevice(Device device, bool isStaged) => (Device, IsStaged) = (device, isStaged);

    /// <summary>The CPU: lanes work on the state itself.</summary>
    public static ComputeDevice Cpu { get; } = new(new Device(DeviceType.CPU), isStaged: false);

    public Device Device { get; }

    /// <summary>Whether what lanes read and write is copied to the device and back.</summary>
    public bool IsStaged { get; }

    public bool IsCuda => Device.type == DeviceType.CUDA;

    /// <summary>The device of a setting, ready for use. The CPU loads no library.</summary>
    /// <param name="setting">Its key, for the message.</param>
    /// <param name="name">Its value: cpu, cuda, cuda:N.</param>
    /// <exception cref="DeviceException">It is not there.</exception>
    public static ComputeDevice Open(string setting, string name)
    {
        var wanted = DeviceName.Parse(name) ?? throw new DeviceException(DeviceName.Fault(setting, name)!);
        if (!wanted.IsCuda) return Cpu;
        if (wanted.MissingOn(CudaMachine.Look(), setting) is { } missing) throw new DeviceException(missing);
        // Float32 is float32: the parts of a bfloat16 recipe that are not rounded are so for a reason.
        backends.cuda.matmul.allow_tf32 = false;
        backends.cudnn.allow_tf32 = false;
        return new(new Device(DeviceType.CUDA, wanted.Index), isStaged: true);
    }

    /// <summary>An empty copy of what lanes read of a state, on the device.</summary>
    public ReplicaState CreateCopy(IPretrainingMethod method) =>
        new(new StateLayout([.. method.State.Sections.Where(section => method.LaneSections.Contains(section.Name))]), Device);

    /// <summary>Brings a copy up to the state. Waits until the device has done all that it was given, and the copy.</summary>
    internal virtual void Refresh(ReplicaState copy, ReplicaState state) => copy.CopyFrom(state);

    /// <summary>A buffer of the CPU that the device copies into.</summary>
    internal FlatBuffer CreateHostBuffer(FlatLayout layout) => IsCuda ? FlatBuffer.Pinned(layout) : new(layout);

    /// <summary>A tensor of the CPU that the device copies from: float32 zeros.</summary>
    internal Tensor CreateHostTensor(long[] shape)
    {
        var pageable = zeros(shape, dtype: ScalarType.Float32);
        if (!IsCuda) return pageable;
        using (pageable) return pageable.pin_memory();
    }

    /// <summary>Copies to the device, behind all that it was given before. The source must stay as it is until it was waited for.</summary>
    internal virtual void Upload(Tensor target, Tensor source) => target.copy_(source, true);

    /// <summary>Copies to the CPU. Waits until the device has done all that it was given, and the copy.</summary>
    internal virtual void Download(Tensor target, Tensor source) => target.copy_(source);

    /// <summary>The same fault in words that help, where the device's memory is too small.</summary>
    internal Exception Explain(Exception e) => IsStaged && e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        ? new DeviceException($"{this} has too little memory for a microbatch: raise Run:Microbatches (another recipe), set Node:Lanes=1 or, for a ViT, Node:RecomputeBlocks=true. It said: {e.Message.Split('\n')[0]}")
        : e;

    /// <summary>E.g. "cuda:0, NVIDIA H200".</summary>
    public override string ToString() => IsCuda ? $"{Device}, {CudaMachine.ModelOf(Device.index)}" : Device.ToString();
}
