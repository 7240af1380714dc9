using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>Optimizer and its schedules: section "Optim" of a recipe.</summary>
public sealed record OptimOptions : IValidatableObject
{
    private const string Known = "adamw, sgd or lars";

    /// <summary>adamw (ViTs), sgd (convolutional networks, small batches) or lars (convolutional networks, large ones).</summary>
    [Required(ErrorMessage = $"Optim:Optimizer is missing: set {Known}")]
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

    /// <summary>Steps in a row that may be left out, without an update, because loss or gradient is not finite; 0: the first such step stops the run.</summary>
    [Range(0, 1000, ErrorMessage = "Optim:SkipNotFinite must be {1} (the first step that is not finite stops the run) to {2} steps in a row")]
    public int SkipNotFinite { get; init; }

    /// <summary>The learning rate of what lies l layers below the head, times this to the l (DINOv2, BEiT); 1: one rate for all.</summary>
    [Range(0.01, 1.0, ErrorMessage = "Optim:LayerDecay must be {1} to {2}: 1 in the DINO paper, 0.9 in DINOv2")]
    public required double LayerDecay { get; init; }

    /// <summary>adamw: decay of the first moment.</summary>
    [Range(0.0, 0.999999, ErrorMessage = "Optim:Beta1 must be {1} to {2}: 0.9 in the papers")]
    public required double Beta1 { get; init; }

    /// <summary>adamw: decay of the second moment.</summary>
    [Range(0.0, 0.99999999, ErrorMessage = "Optim:Beta2 must be {1} to {2}: 0.999 in the DINO paper")]
    public required double Beta2 { get; init; }

    /// <summary>adamw: added to the root of the second moment.</summary>
    [Range(1e-12, 1.0, ErrorMessage = "Optim:Epsilon must be {1} to {2}: 1e-8 in the papers")]
    public required double Epsilon { get; init; }

    /// <summary>sgd and lars: share of the momentum buffer that a step keeps.</summary>
    [Range(0.0, 0.999999, ErrorMessage = "Optim:Momentum must be {1} to {2}: 0.9 in the DINO paper")]
    public required double Momentum { get; init; }

    /// <summary>lars: length of an update over that of the weights, before the learning rate.</summary>
    [Range(1e-9, 1.0, ErrorMessage = "Optim:Eta must be {1} to {2}: 0.001 in the DINO paper's LARS")]
    public required double Eta { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Optimizer is not ("adamw" or "sgd" or "lars")) yield return new ValidationResult(UnknownOptimizer(Optimizer));
    }

    internal static string UnknownOptimizer(string optimizer) => $"Optim:Optimizer '{optimizer}' is not known: set {Known}";
}
