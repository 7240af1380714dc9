using System.Runtime.InteropServices;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Tests.Augment;
using TorchSharp;
using Xunit;

namespace Lockstep.Node.Tests.Replica.Devices;

public sealed class DeviceNameTests
{
    [Theory]
    [InlineData("cpu", false, 0)]
    [InlineData("cuda", true, 0)]
    [InlineData("cuda:0", true, 0)]
    [InlineData("cuda:13", true, 13)]
    public void Parse_Device_IsKnown(string text, bool isCuda, int index) => Assert.Equal(new DeviceName(isCuda, index), DeviceName.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:one")]
    [InlineData("cuda:9999999999")]
    [InlineData("cpu:0")]
    public void Option_NoDevice_IsRefusedByName(string text)
    {
        Assert.Contains($"Node:Device is '{text}'; it must be cpu, cuda (the first GPU) or cuda:N (GPU N, counted from 0)", OptionErrors.Of(new NodeOptions { Device = text }));
        Assert.DoesNotContain(OptionErrors.Of(new NodeOptions { Device = "cuda:1" }), error => error.Contains("Device", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cpu", "cpu cpu cpu")]
    [InlineData("cuda", "cuda:0 cuda:1 cuda:0")]
    [InlineData("cuda:1", "cuda:1 cuda:1 cuda:1")]
    public void OfNode_NodesOfOneMachine_GetItsGpusInTurns(string setting, string devices) =>
        Assert.Equal(devices.Split(' '), Enumerable.Range(0, 3).Select(node => DeviceName.OfNode(setting, node, () => 2)));

    [Theory]
    [InlineData("cpu", false, 0, null)]
    [InlineData("cuda:1", true, 2, null)]
    [InlineData("cuda", false, 0, "Node:Device=cuda:0, but libtorch is one without CUDA here. Use Node:Device=cpu, or install a libtorch for CUDA")]
    [InlineData("cuda", true, 0, "Node:Device=cuda:0, but libtorch finds no GPU here. Use Node:Device=cpu, or see what 'nvidia-smi' finds")]
    [InlineData("cuda:1", true, 1, "Node:Device=cuda:1, but there is one GPU, cuda:0. Name it")]
    [InlineData("cuda:4", true, 4, "Node:Device=cuda:4, but there are 4 GPUs, cuda:0 to cuda:3. Name one of them")]
    public void MissingOn_Machine_SaysWhatIsThereAndTheRemedy(string name, bool isBuilt, int count, string? fault)
    {
        var missing = DeviceName.Parse(name)!.Value.MissingOn(new CudaMachine(isBuilt, count), "Node:Device");
        if (fault is null) Assert.Null(missing);
        else Assert.StartsWith(fault, missing);
    }

    [Fact]
    public void Open_DeviceThatIsNotHere_Throws()
    {
        Assert.Same(ComputeDevice.Cpu, ComputeDevice.Open("Node:Device", "cpu"));
        Assert.StartsWith("--device is 'tpu'; it must be cpu", Assert.Throws<DeviceException>(() => ComputeDevice.Open("--device", "tpu")).Message);
        Assert.StartsWith("Node:Device=cuda:99, but ", Assert.Throws<DeviceException>(() => ComputeDevice.Open("Node:Device", "cuda:99")).Message);
    }

    [Fact]
    public void Copy_HasTheSectionsThatLanesRead()
    {
        using var state = new LazyDevice().CreateCopy(new FakeMethod([Views.Plain(8)]));
        Assert.Equal(["student"], state.Layout.Sections.Select(section => section.Name));
    }

    [Fact]
    public void TooLittleMemoryOfADevice_IsExplained_AnyOtherFaultIsLeftAsItIs()
    {
        var (full, other) = (new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB.\nframe #0"), new ExternalException("size mismatch"));
        var said = Assert.IsType<DeviceException>(new LazyDevice().Explain(full)).Message;
        Assert.StartsWith("cpu has too little memory for a microbatch: raise Run:Microbatches", said);
        Assert.EndsWith("It said: CUDA out of memory. Tried to allocate 2.00 GiB.", said);
        Assert.Same(other, new LazyDevice().Explain(other));
        Assert.Same(full, ComputeDevice.Cpu.Explain(full)); // the machine's own memory: nothing of the kind
    }

    [Fact]
    public void Fingerprint_TellsGpusFromProcessorsAndFromEachOther()
    {
        Assert.Equal("", KernelFingerprint.OfDevice(ComputeDevice.Cpu));
        Assert.Matches("^; CUDA, .*; CUBLAS_WORKSPACE_CONFIG=.*; NVIDIA_TF32_OVERRIDE=", KernelFingerprint.OfDevice(new ComputeDevice(new torch.Device(DeviceType.CUDA, 0), isStaged: true)));
        Assert.Equal("NVIDIA H200", CudaMachine.ModelOf(3, ["NVIDIA H200", "NVIDIA H200"]));
        Assert.Equal("GPU 1 of NVIDIA A100 and NVIDIA T4", CudaMachine.ModelOf(1, ["NVIDIA T4", "NVIDIA A100", "NVIDIA T4"]));
    }
}
