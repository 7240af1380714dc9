using Lockstep.Models;
using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Node.Data;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Tests.Data;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Replica.Devices;

/// <summary>
/// Steps of DINO whose lanes work on copies, as on a GPU, have the digests of steps whose lanes work on the state. The copies are
/// in the CPU's memory: a GPU would compute other bits.
/// </summary>
public sealed class StagedStepsTests
{
    private const int Microbatches = 4, MicrobatchSize = 2, Steps = 5, FetchedAt = 3;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly MicrobatchBlock s_all = new(0, Microbatches);
    private static readonly RunShape s_shape = new(Seed: 5, Samples: 32, Microbatches * MicrobatchSize, Microbatches, TotalSteps: 40);

    // What a node may be given at once: an odd number, some of a step and then the rest, in any order.
    private static readonly int[][][] s_work = [[[0, 1, 2, 3]], [[0, 1, 2], [3]], [[3, 1, 0], [2]], [[2], [0, 1, 3]], [[3, 2, 1, 0]]];

    [Theory]
    [InlineData("vit", 1)]
    [InlineData("vit", 2)]
    [InlineData("koleo", 1)]
    [InlineData("sinkhorn", 2)]
    [InlineData("bfloat16", 1)]
    [InlineData("resnet", 1)]
    [InlineData("resnet", 2)]
    [InlineData("small resnet", 2)]
    public async Task Steps_OnCopies_HaveTheDigestsOfStepsOnTheState(string recipe, int lanes)
    {
        var method = Method(recipe, s_shape);
        Assert.Equal(await DigestsAsync(method, recipe, ComputeDevice.Cpu, lanes: 1), await DigestsAsync(method, recipe, new PoisonDevice(method.Views.Count), lanes));
    }

    [Fact]
    public void Lane_OfADevice_IsUsedLikeOneOfTheCpu()
    {
        var method = Method("vit", s_shape);
        using var state = new ReplicaState(method.State);
        method.Initialize(state);
        using var data = Prefetch(method, workers: 1);
        using var direct = method.CreateLane(state);
        using var lane = new DeviceLane(method, state, MicrobatchSize, new PoisonDevice(views: 0));
        using var views = new ViewTensors(method.Views, MicrobatchSize);
        for (var microbatch = 0; microbatch < Microbatches; microbatch++)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var batch = data.Take(0, microbatch, TestContext.Current.CancellationToken);
            var tensors = views.Fill(batch);
            Assert.Equal(direct.Compute(tensors, microbatch).Span.ToArray(), lane.Compute(tensors, microbatch).Span.ToArray());
            Assert.Equal(direct.Examine(tensors, microbatch).Numbers, lane.Examine(tensors, microbatch).Numbers);
        }
    }

    [Theory]
    [InlineData("vit")]
    [InlineData("resnet")]
    public void Extractor_OfADevice_GivesTheFeaturesOfTheSectionAsItWas(string recipe)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var method = Method(recipe, s_shape);
        using var state = new ReplicaState(method.State);
        method.Initialize(state);
        IFeatureExtractor Build(ReplicaState over) => method.CreateFeatureExtractor(over, "teacher");
        using var direct = DeviceFeatureExtractor.Create(state, "teacher", ComputeDevice.Cpu, Build);
        using var there = DeviceFeatureExtractor.Create(state, "teacher", new PoisonDevice(views: 0), Build);
        var images = TorchSharp.torch.ones([2, 3, 32, 32], dtype: TorchSharp.torch.ScalarType.Float32);
        var features = direct.Features(images).data<float>().ToArray();
        Assert.Equal(features, there.Features(images).data<float>().ToArray());
        Assert.Equal(direct.PatchFeatures(images).data<float>().ToArray(), there.PatchFeatures(images).data<float>().ToArray());
        Assert.Equal((direct.Blocks, direct.PatchSize, direct.ImageSize), (there.Blocks, there.PatchSize, there.ImageSize));

        state["teacher"].Tensor.mul_(2);
        Assert.NotEqual(features, direct.Features(images).data<float>().ToArray());
        Assert.Equal(features, there.Features(images).data<float>().ToArray());
    }

    private static async Task<List<string>> DigestsAsync(DinoMethod method, string recipe, ComputeDevice device, int lanes)
    {
        using var state = new ReplicaState(method.State);
        method.Initialize(state);
        using var data = Prefetch(method, workers: 2);
        using var pool = new LanePool(method, state, lanes, MicrobatchSize, device, TimeProvider.System);
        var sums = new StepPartials(Microbatches, (int)method.Contribution.Length);
        using var sum = new FlatBuffer(method.Contribution);
        var digests = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            if (step == FetchedAt) Overwrite(state, recipe);
            sums.Begin(MicrobatchSet.Of(s_all));
            foreach (var work in s_work[step])
                await pool.ComputeAsync(step, work, data, sums, TestContext.Current.CancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);
            sums.SumOf(s_all, 0, sums.LengthFloats).Span.CopyTo(sum.Span);
            Assert.Equal(StepVerdict.Apply, method.Judge(state, sum));
            method.Apply(state, sum);
            digests.Add(state.Digest());
        }
        return digests;
    }

    // A peer's state of the same step, as a node that is healed gets it.
    private static void Overwrite(ReplicaState state, string recipe)
    {
        var other = Method(recipe, s_shape with { Seed = 6 });
        using var peer = new ReplicaState(other.State);
        other.Initialize(peer);
        peer.Step = state.Step;
        state.CopyFrom(peer);
    }

    private static MicrobatchPrefetcher Prefetch(DinoMethod method, int workers) =>
        new(new MemorySource(32), s_shape, method.Views, MicrobatchSet.Of(s_all), s_all, 0, Steps, workers, depth: 4, maxBrokenShare: 1);

    private static DinoMethod Method(string recipe, RunShape shape)
    {
        var options = Options();
        return recipe switch
        {
            "koleo" => new(options with { Dino = options.Dino! with { KoLeoWeight = 0.1 } }, shape),
            "sinkhorn" => new(options with { Dino = options.Dino! with { Centering = "sinkhorn" } }, shape),
            "bfloat16" => new(options with { Model = options.Model with { Compute = "bfloat16" } }, shape),
            "resnet" => new(
                options with { Model = options.Model with { Arch = "resnet50", Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4 }, Dino = options.Dino! with { UseBnInHead = true } },
                shape, new ResNetShape(ImageSize: 32, Blocks: [1, 1], WidthPerGroup: 4)),
            "small resnet" => new(options with { Model = options.Model with { Arch = "resnet", Dim = 4, Depth = 1, Heads = 0, MlpRatio = 4 } }, shape),
            _ => new(options, shape),
        };
    }

    private static MethodOptions Options()
    {
        var tiny = TinyRun.Options(s_shape);
        return tiny with
        {
            Model = tiny.Model with { ImageSize = 16, DropPath = 0.3, Dim = 24, Heads = 2, MlpRatio = 2 },
            Dino = TinyRun.Dino with { OutDim = 32, HiddenDim = 32, BottleneckDim = 16, HeadLayers = 2, FreezeLastLayerEpochs = 0, LocalCropsNumber = 2, GlobalCropSize = 16, LocalCropSize = 8 },
            Optim = tiny.Optim with { LearningRate = 0.05, WarmupEpochs = 0 },
        };
    }
}
