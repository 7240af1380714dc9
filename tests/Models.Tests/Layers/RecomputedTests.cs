using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Layers;

public sealed class RecomputedTests
{
    [Theory]
    [InlineData(0.0, "float32", 0)]
    [InlineData(0.5, "float32", 0)]
    [InlineData(0.5, "bfloat16", 3)]
    public void Compute_RecomputingBlocks_GivesTheSameBits(double dropPath, string compute, int registers)
    {
        int[] Bits(bool recompute)
        {
            var (method, state) = TinyRun.Start(dropPath: dropPath, change: options => options with
            {
                RecomputeBlocks = recompute,
                Model = options.Model with { Compute = compute, Registers = registers },
            });
            using var _ = state;
            using var lane = method.CreateLane(state);
            using var scope = NewDisposeScope();
            var bits = new List<int>();
            for (var m = 0; m < 3; m++)
                bits.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(lane.Compute(TinyRun.NoiseViews(method, 3, (ulong)m), m).Span));
            return [.. bits];
        }
        Assert.Equal(Bits(false), Bits(true));
    }

    [Fact]
    public void Run_InTraining_RunsThePartOnceMoreInBackward()
    {
        using var scope = NewDisposeScope();
        var calls = new List<bool>();
        Tensor Part(Tensor x)
        {
            calls.Add(is_grad_enabled());
            return x * x * 3;
        }
        var x = tensor(new[] { 2f, 5f }).requires_grad_();
        var held = new HeldGradients();
        var y = Recomputed.Run(Part, x * 1, held);
        Assert.Equal([12f, 75f], y.data<float>().ToArray());
        Assert.Equal([false], calls); // nothing was recorded
        (y * tensor(new[] { 1f, 10f })).sum().backward();
        Assert.Equal([false, true], calls);
        Assert.Equal([12f, 300f], x.grad!.data<float>().ToArray());
        Assert.Equal(2, held.Count); // what came and what went back: no scope would have disposed of them on a GPU
        held.Release();
        Assert.Equal(0, held.Count);
        Assert.Equal([12f, 300f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Run_WithoutGradients_RunsThePartOnceAsItIs()
    {
        using var scope = NewDisposeScope();
        var calls = 0;
        Tensor Part(Tensor x)
        {
            calls++;
            return x + 1;
        }
        var x = tensor(new[] { 2f });
        Assert.Equal([3f], Recomputed.Run(Part, x, new()).data<float>().ToArray());
        using (no_grad()) Recomputed.Run(Part, x.clone().requires_grad_(), new());
        Assert.Equal(2, calls);
    }

    [Fact]
    public void Rules_RecomputingBlocksOfAResNet_IsAnError()
    {
        var run = TinyRun.Shape();
        var options = TinyRun.Options(run) with { RecomputeBlocks = true };
        Assert.Empty(DinoRules.Errors(options, run));
        var resnet = new ModelOptions { Arch = "resnet50", ImageSize = 32, PatchSize = 8, DropPath = 0, Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4 };
        Assert.Contains("Node:RecomputeBlocks", Assert.Single(DinoRules.Errors(options with { Model = resnet }, run)));
    }
}
