using Lockstep.Models.Options;

namespace Lockstep.Models.Dino;

/// <summary>The crops of DataAugmentationDINO (main_dino.py): global 1, global 2, then the local ones.</summary>
public static class DinoViews
{
    public static IReadOnlyList<ViewSpec> Of(DinoOptions dino, AugmentOptions augment)
    {
        var local = View(dino.LocalCropSize, dino.LocalCropsScale, 2, augment);
        return
        [
            View(dino.GlobalCropSize, dino.GlobalCropsScale, 0, augment),
            View(dino.GlobalCropSize, dino.GlobalCropsScale, 1, augment),
            .. Enumerable.Repeat(local, dino.LocalCropsNumber),
        ];
    }

    private static ViewSpec View(int size, double[] scale, int kind, AugmentOptions augment) => new()
    {
        Size = size,
        ScaleMin = scale[0],
        ScaleMax = scale[1],
        RatioMin = augment.Ratio[0],
        RatioMax = augment.Ratio[1],
        FlipProbability = augment.FlipProbability,
        JitterProbability = augment.JitterProbability,
        Brightness = augment.Brightness,
        Contrast = augment.Contrast,
        Saturation = augment.Saturation,
        Hue = augment.Hue,
        GreyscaleProbability = augment.GreyscaleProbability,
        BlurProbability = augment.BlurProbabilities[kind],
        BlurSigmaMin = augment.BlurSigma[0],
        BlurSigmaMax = augment.BlurSigma[1],
        SolarizeProbability = augment.SolarizeProbabilities[kind],
        Mean = augment.Mean,
        Std = augment.Std,
    };
}
