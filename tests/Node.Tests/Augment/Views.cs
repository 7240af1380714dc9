using Lockstep.Models;

namespace Lockstep.Node.Tests.Augment;

/// <summary>Views that tests use.</summary>
internal static class Views
{
    /// <summary>DINO's second global view: every operation has a chance.</summary>
    public static ViewSpec Global(int size) => new()
    {
        Size = size,
        ScaleMin = 0.4,
        ScaleMax = 1,
        RatioMin = 3.0 / 4,
        RatioMax = 4.0 / 3,
        FlipProbability = 0.5,
        JitterProbability = 0.8,
        Brightness = 0.4,
        Contrast = 0.4,
        Saturation = 0.2,
        Hue = 0.1,
        GreyscaleProbability = 0.2,
        BlurProbability = 0.1,
        BlurSigmaMin = 0.1,
        BlurSigmaMax = 2,
        SolarizeProbability = 0.2,
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    };

    public static ViewSpec Local(int size) => Global(size) with { ScaleMin = 0.05, ScaleMax = 0.4, BlurProbability = 0.5, SolarizeProbability = 0 };

    /// <summary>The crop alone.</summary>
    public static ViewSpec Plain(int size) => Global(size) with
    {
        FlipProbability = 0,
        JitterProbability = 0,
        GreyscaleProbability = 0,
        BlurProbability = 0,
        SolarizeProbability = 0,
    };
}
