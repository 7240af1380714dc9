using Lockstep.Models.Options;

namespace Lockstep.Models.Tests.Golden;

// Its options, which tests of other projects use as well.
internal static partial class TinyRun
{
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
}
