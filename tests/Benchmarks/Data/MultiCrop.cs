using Lockstep.Models;

namespace Lockstep.Benchmarks.Data;

/// <summary>What is measured: the multi-crop of the DINO paper, 2 crops of 224 and 8 of 96 pixels. torchvision_peer.py does the same.</summary>
internal static class MultiCrop
{
    private static readonly double[] s_mean = [0.485, 0.456, 0.406], s_std = [0.229, 0.224, 0.225];

    public static IReadOnlyList<ViewSpec> Views { get; } =
    [
        View(224, 0.4, 1, blur: 1, solarize: 0),
        View(224, 0.4, 1, blur: 0.1, solarize: 0.2),
        .. Enumerable.Repeat(View(96, 0.05, 0.4, blur: 0.5, solarize: 0), 8),
    ];

    private static ViewSpec View(int size, double scaleMin, double scaleMax, double blur, double solarize) => new()
    {
        Size = size,
        ScaleMin = scaleMin,
        ScaleMax = scaleMax,
        RatioMin = 3.0 / 4,
        RatioMax = 4.0 / 3,
        FlipProbability = 0.5,
        JitterProbability = 0.8,
        Brightness = 0.4,
        Contrast = 0.4,
        Saturation = 0.2,
        Hue = 0.1,
        GreyscaleProbability = 0.2,
        BlurProbability = blur,
        BlurSigmaMin = 0.1,
        BlurSigmaMax = 2,
        SolarizeProbability = solarize,
        Mean = s_mean,
        Std = s_std,
    };
}
