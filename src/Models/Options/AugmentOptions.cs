using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>Colour and geometry of the views: section "Augment" of a recipe. Lists of three mean [global 1, global 2, local].</summary>
public sealed record AugmentOptions : IValidatableObject
{
    [Range(0.0, 1.0, ErrorMessage = "Augment:FlipProbability must be {1} to {2}: 0.5 in the DINO paper")]
    public required double FlipProbability { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Augment:JitterProbability must be {1} to {2}: 0.8 in the DINO paper")]
    public required double JitterProbability { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Augment:Brightness must be {1} to {2}: 0.4 in the DINO paper")]
    public required double Brightness { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Augment:Contrast must be {1} to {2}: 0.4 in the DINO paper")]
    public required double Contrast { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Augment:Saturation must be {1} to {2}: 0.2 in the DINO paper")]
    public required double Saturation { get; init; }

    [Range(0.0, 0.5, ErrorMessage = "Augment:Hue must be {1} to {2}: 0.1 in the DINO paper")]
    public required double Hue { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Augment:GreyscaleProbability must be {1} to {2}: 0.2 in the DINO paper")]
    public required double GreyscaleProbability { get; init; }

    public required double[] BlurProbabilities { get; init; }

    /// <summary>Smallest and largest standard deviation of the blur, pixels of the view.</summary>
    public required double[] BlurSigma { get; init; }

    public required double[] SolarizeProbabilities { get; init; }

    /// <summary>Smallest and largest width / height of a crop.</summary>
    public required double[] Ratio { get; init; }

    /// <summary>Per-channel mean on [0, 1], RGB.</summary>
    public required double[] Mean { get; init; }

    /// <summary>Per-channel standard deviation on [0, 1], RGB.</summary>
    public required double[] Std { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
    [
        .. IntervalRules.CheckEach("Augment:BlurProbabilities", BlurProbabilities, 3, 0, 1, "[1, 0.1, 0.5] in the DINO paper"),
        .. IntervalRules.Check("Augment:BlurSigma", BlurSigma, 0, 100, "[0.1, 2] in the DINO paper"),
        .. IntervalRules.CheckEach("Augment:SolarizeProbabilities", SolarizeProbabilities, 3, 0, 1, "[0, 0.2, 0] in the DINO paper"),
        .. IntervalRules.Check("Augment:Ratio", Ratio, 0, 100, "[0.75, 1.3333333333333333] in the DINO paper"),
        .. IntervalRules.CheckEach("Augment:Mean", Mean, 3, 0, 1, "[0.485, 0.456, 0.406] for ImageNet"),
        .. IntervalRules.CheckEach("Augment:Std", Std, 3, 1e-6, 10, "[0.229, 0.224, 0.225] for ImageNet"),
    ];
}
