using System.Runtime.InteropServices;
using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>
/// Lanes that compute on another device than the state's. Where "meta" stands for it, a device whose tensors have shapes and no
/// numbers, no GPU is needed: it refuses what a GPU refuses, operators over tensors of two devices.
/// </summary>
public sealed class LaneDeviceTests
{
    private static readonly ResNetShape Backbone = new(ImageSize: 32, Blocks: [1, 1], WidthPerGroup: 4);

    public static TheoryData<string> Recipes => ["drop path", "koleo", "sinkhorn", "resnet", "small resnet", "recomputed", "registers", "bfloat16"];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Compute_OnACopyOfTheLaneSections_GivesTheBitsOfTheState(string recipe)
    {
        var (method, state) = Start(recipe);
        using var _ = state;
        using var copy = new ReplicaState(CopyLayout(method));
        copy.CopyFrom(state);
        using var lane = method.CreateLane(state);
        using var other = method.CreateLane(copy);
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            var views = TinyRun.NoiseViews(method, 3, (ulong)step);
            var contribution = lane.Compute(views, 0);
            Assert.Equal(Bits(contribution), Bits(other.Compute(views, 0)));

            using var sum = TinyRun.Sum(method, contribution);
            method.Apply(state, sum);
            Assert.NotEqual(Bits(lane.Compute(views, 0)), Bits(other.Compute(views, 0))); // the state has gone on
            copy.CopyFrom(state);
            Assert.Equal(state.Step, copy.Step);
        }
    }

    // Whole networks cannot run on it: libtorch 1.13 has no batch or layer normalisation of shapes alone.
    [Fact]
    public void Parts_OnAnotherDevice_MakeTheirTensorsThere()
    {
        using var scope = NewDisposeScope();
        Assert.True(new DropPath(1, 2, 3, 0).Apply(Meta(4, 5, 6), 0.5, 0).is_meta);

        using var weights = new FlatBuffer(new FlatLayout([("pos_embed", [1, 17, 6])]), META);
        using var parameters = new ParameterBinder(weights);
        using var positions = new PositionEmbedding(parameters, "pos_embed", grid: 4, dim: 6);
        Assert.True(positions.MatrixFor(2, 3).is_meta); // a product of two devices is not refused here
        Assert.True(positions.For(2, 3).is_meta);

        var answer = TeacherAnswer.Balanced(Meta(6, 8), 0.04);
        Assert.True(DinoLoss.Compute(Meta(12, 8), answer, 0.1).Prototypes.is_meta);
        Assert.True(TeacherAnswer.Centred(Meta(6, 8), Meta(1, 8), 0.04).is_meta);
        // It gets as far as one_hot, which refuses tensors of shapes alone in libtorch 1.13.
        if (Record.Exception(() => KoLeoLoss.Compute(Meta(3, 8))) is { } refused) Assert.Contains("meta tensor", refused.Message);
    }

    private static Tensor Meta(params long[] shape) => zeros(shape, dtype: ScalarType.Float32, device: META);

    private static StateLayout CopyLayout(DinoMethod method) => new([.. method.State.Sections.Where(section => method.LaneSections.Contains(section.Name))]);

    private static int[] Bits(FlatBuffer buffer) => MemoryMarshal.Cast<float, int>(buffer.Span).ToArray();

    private static (DinoMethod Method, ReplicaState State) Start(string recipe) => recipe switch
    {
        "koleo" => TinyRun.Start(change: o => o with { Dino = o.Dino! with { KoLeoWeight = 0.1 } }),
        "sinkhorn" => TinyRun.Start(change: o => o with { Dino = o.Dino! with { Centering = "sinkhorn" } }),
        "resnet" => TinyRun.Start(change: o => o with { Model = o.Model with { Arch = "resnet50", Dim = 0, Depth = 0, Heads = 0 }, Dino = o.Dino! with { UseBnInHead = true } }, shape: Backbone),
        "small resnet" => TinyRun.Start(change: o => o with { Model = o.Model with { Arch = "resnet", Dim = 4, Depth = 1, Heads = 0, MlpRatio = 4 } }),
        "recomputed" => TinyRun.Start(dropPath: 0.2, change: o => o with { RecomputeBlocks = true }),
        "registers" => TinyRun.Start(change: o => o with { Model = o.Model with { Registers = 2 } }),
        "bfloat16" => TinyRun.Start(change: o => o with { Model = o.Model with { Compute = "bfloat16" } }),
        _ => TinyRun.Start(dropPath: 0.2),
    };
}
