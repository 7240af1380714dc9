using Lockstep.Models.Options;

namespace Lockstep.Node.Tests.Augment;

/// <summary>Views that nothing is done to but the normalisation.</summary>
internal static class PlainAugment
{
    public static AugmentOptions With(double[] mean, double[] std) => new()
    {
        FlipProbability = 0,
        JitterProbability = 0,
        Brightness = 0,
        Contrast = 0,
        Saturation = 0,
        Hue = 0,
        GreyscaleProbability = 0,
        BlurProbabilities = [0, 0, 0],
        BlurSigma = [0, 0],
        SolarizeProbabilities = [0, 0, 0],
        Ratio = [1, 1],
        Mean = mean,
        Std = std,
    };
}
