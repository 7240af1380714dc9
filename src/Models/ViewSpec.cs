namespace Lockstep.Models;

/// <summary>
/// One view that a method wants of every sample: a random resized crop and the colour operations after it, in this
/// order: crop, resize (antialiased), flip, jitter, greyscale, blur, solarise, to [0,1], normalise.
/// </summary>
public sealed record ViewSpec
{
    /// <summary>Side of the square view, pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Kernel of the resize.</summary>
    public ResampleFilter Filter { get; init; }

    /// <summary>
    /// Index of an earlier view whose crop and flip this one repeats at its own size (a student and its CLIP teacher see one
    /// crop); null for a crop of its own. The colours are decided by the same chance too: equal probabilities and ranges
    /// give equal colours.
    /// </summary>
    public int? SameCropAs { get; init; }

    /// <summary>Smallest and largest crop area as a share of the image's.</summary>
    public required double ScaleMin { get; init; }
    public required double ScaleMax { get; init; }

    /// <summary>Smallest and largest width / height of the crop, drawn log-uniformly.</summary>
    public required double RatioMin { get; init; }
    public required double RatioMax { get; init; }

    public required double FlipProbability { get; init; }
    public required double JitterProbability { get; init; }

    /// <summary>Factors are drawn from 1 ± these; hue is a shift of ± this part of the circle.</summary>
    public required double Brightness { get; init; }
    public required double Contrast { get; init; }
    public required double Saturation { get; init; }
    public required double Hue { get; init; }

    public required double GreyscaleProbability { get; init; }
    public required double BlurProbability { get; init; }

    /// <summary>Standard deviation of the Gaussian, pixels of the view.</summary>
    public required double BlurSigmaMin { get; init; }
    public required double BlurSigmaMax { get; init; }

    /// <summary>Values of 128 and more (of 255) are inverted with this probability.</summary>
    public required double SolarizeProbability { get; init; }

    /// <summary>Per-channel mean and standard deviation on [0,1], in RGB order.</summary>
    public required IReadOnlyList<double> Mean { get; init; }
    public required IReadOnlyList<double> Std { get; init; }
}
