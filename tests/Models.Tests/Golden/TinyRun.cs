using Lockstep.Models.Backbones;
using Lockstep.Models.Chance;
using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Golden;

/// <summary>The configuration of the golden steps: ViT of width 48, 2 blocks, patch 8; 2 x 32 and 4 x 16 px crops; K = 64.</summary>
internal static class TinyRun
{
    public const int StepsPerEpoch = 7;

    public static RunShape Shape(int microbatches = 1, int microbatch = 3) => new(
        Seed: 5, Samples: StepsPerEpoch * microbatch * microbatches, GlobalBatch: microbatch * microbatches, microbatches, TotalSteps: 10 * StepsPerEpoch);

    public static MethodOptions Options(RunShape run, double dropPath = 0) => new()
    {
        Model = new ModelOptions { Arch = "vit", ImageSize = 32, PatchSize = 8, DropPath = dropPath, Dim = 48, Depth = 2, Heads = 3, MlpRatio = 4 },
        Dino = Dino,
        Optim = new OptimOptions
        {
            Optimizer = "adamw",
            LearningRate = 0.002 * 256 / run.GlobalBatch,
            WarmupEpochs = 1,
            MinLearningRate = 1e-5,
            WeightDecay = 0.04,
            WeightDecayEnd = 0.4,
            ClipGrad = 3,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-8,
            Momentum = 0.9,
            Eta = 0.001,
            LayerDecay = 1,
        },
        Augment = Augment,
    };

    public static DinoOptions Dino => new()
    {
        OutDim = 64,
        HiddenDim = 96,
        BottleneckDim = 32,
        HeadLayers = 3,
        NormLastLayer = true,
        UseBnInHead = false,
        WarmupTeacherTemp = 0.04,
        TeacherTemp = 0.07,
        WarmupTeacherTempEpochs = 3,
        StudentTemp = 0.1,
        CenterMomentum = 0.9,
        MomentumTeacher = 0.9,
        MomentumTeacherEnd = 1,
        FreezeLastLayerEpochs = 1,
        GlobalCropsScale = [0.4, 1],
        LocalCropsScale = [0.05, 0.4],
        LocalCropsNumber = 4,
        GlobalCropSize = 32,
        LocalCropSize = 16,
    };

    public static AugmentOptions Augment => new()
    {
        FlipProbability = 0.5,
        JitterProbability = 0.8,
        Brightness = 0.4,
        Contrast = 0.4,
        Saturation = 0.2,
        Hue = 0.1,
        GreyscaleProbability = 0.2,
        BlurProbabilities = [1, 0.1, 0.5],
        BlurSigma = [0.1, 2],
        SolarizeProbabilities = [0, 0.2, 0],
        Ratio = [0.75, 4.0 / 3],
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    };

    /// <summary>A method and its fresh state.</summary>
    public static (DinoMethod Method, ReplicaState State) Start(
        int microbatches = 1, int microbatch = 3, double dropPath = 0, Func<MethodOptions, MethodOptions>? change = null, IBackboneShape? shape = null)
    {
        var run = Shape(microbatches, microbatch);
        var options = Options(run, dropPath);
        var method = new DinoMethod(change is null ? options : change(options), run, shape);
        var state = new ReplicaState(method.State);
        method.Initialize(state);
        return (method, state);
    }

    /// <summary>Views of noise, keyed so that every call with one key gives the same ones.</summary>
    public static Tensor[] NoiseViews(IPretrainingMethod method, int batch, ulong key) => [.. method.Views.Select((view, v) =>
    {
        var chance = new Philox(ChanceDomain.Samples, 1, key, 0, (ulong)v);
        var pixels = new float[batch * 3 * view.Size * view.Size];
        foreach (ref var pixel in pixels.AsSpan()) pixel = (float)chance.NextNormal();
        return tensor(pixels).reshape(batch, 3, view.Size, view.Size);
    })];

    /// <summary>The sum over microbatches in tree order, for M of 1 or 2.</summary>
    public static FlatBuffer Sum(IPretrainingMethod method, params FlatBuffer[] contributions)
    {
        var sum = new FlatBuffer(method.Contribution);
        sum.Tensor.copy_(contributions[0].Tensor);
        foreach (var contribution in contributions[1..]) sum.Tensor.add_(contribution.Tensor);
        return sum;
    }
}
