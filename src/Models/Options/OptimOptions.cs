using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>Optimizer and its schedules: section "Optim" of a recipe.</summary>
public sealed record OptimOptions : IValidatableObject
{
    /// <summary>adamw.</summary>
    [Required(ErrorMessage = "Optim:Optimizer is missing: set adamw")]
    public required string Optimizer { get; init; }

    /// <summary>Learning rate per 256 images: the peak is LearningRate * global batch / 256.</summary>
    [Range(0.0, 100.0, ErrorMessage = "Optim:LearningRate must be {1} to {2}: 0.0005 in the DINO paper")]
    public required double LearningRate { get; init; }

    /// <summary>Epochs of the linear ramp from 0 to the peak; fractions are allowed.</summary>
    [Range(0.0, 1e6, ErrorMessage = "Optim:WarmupEpochs must be {1} to {2}: 10 in the DINO paper")]
    public required double WarmupEpochs { get; init; }

    /// <summary>Where the cosine ends; not scaled by the batch.</summary>
    [Range(0.0, 100.0, ErrorMessage = "Optim:MinLearningRate must be {1} to {2}: 0.000001 in the DINO paper")]
    public required double MinLearningRate { get; init; }

    [Range(0.0, 10.0, ErrorMessage = "Optim:WeightDecay must be {1} to {2}: 0.04 in the DINO paper")]
    public required double WeightDecay { get; init; }

    /// <summary>Where the cosine of the weight decay ends.</summary>
    [Range(0.0, 10.0, ErrorMessage = "Optim:WeightDecayEnd must be {1} to {2}: 0.4 in the DINO paper")]
    public required double WeightDecayEnd { get; init; }

    /// <summary>Largest L2 norm of one tensor's gradient; 0 turns clipping off.</summary>
    [Range(0.0, 1e9, ErrorMessage = "Optim:ClipGrad must be {1} to {2}: 3 in the DINO paper, 0 turns it off")]
    public required double ClipGrad { get; init; }

    [Range(0.0, 0.999999, ErrorMessage = "Optim:Beta1 must be {1} to {2}: 0.9 in the papers")]
    public required double Beta1 { get; init; }

    [Range(0.0, 0.99999999, ErrorMessage = "Optim:Beta2 must be {1} to {2}: 0.999 in the DINO paper")]
    public required double Beta2 { get; init; }

    [Range(1e-12, 1.0, ErrorMessage = "Optim:Epsilon must be {1} to {2}: 1e-8 in the papers")]
    public required double Epsilon { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Optimizer is "sgd" or "lars")
            yield return new ValidationResult($"Optim:Optimizer {Optimizer} is not built yet: set adamw");
        else if (Optimizer != "adamw")
            yield return new ValidationResult($"Optim:Optimizer '{Optimizer}' is not known: set adamw");
    }
}
