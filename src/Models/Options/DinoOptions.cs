using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>DINO (Caron et al. 2021, arXiv 2104.14294): section "Dino" of a recipe. Names follow the original's arguments.</summary>
public sealed record DinoOptions : IValidatableObject
{
    /// <summary>K: prototypes, the width of the softmax.</summary>
    [Range(2, 1 << 20, ErrorMessage = "Dino:OutDim must be {1} to {2}: 65536 in the paper, 1024 to 4096 for small data")]
    public required int OutDim { get; init; }

    /// <summary>Width of the head's hidden layers.</summary>
    [Range(1, 1 << 16, ErrorMessage = "Dino:HiddenDim must be {1} to {2}: 2048 in the paper")]
    public required int HiddenDim { get; init; }

    /// <summary>Width of the L2-normalised bottleneck before the prototypes.</summary>
    [Range(1, 1 << 16, ErrorMessage = "Dino:BottleneckDim must be {1} to {2}: 256 in the paper")]
    public required int BottleneckDim { get; init; }

    /// <summary>Linear layers up to the bottleneck.</summary>
    [Range(1, 16, ErrorMessage = "Dino:HeadLayers must be {1} to {2}: 3 in the paper")]
    public required int HeadLayers { get; init; }

    /// <summary>True freezes the length of every prototype at 1: steadier, and needed for larger backbones.</summary>
    public required bool NormLastLayer { get; init; }

    /// <summary>
    /// Batch normalisation behind the head's hidden layers, by the statistics of one microbatch: Microbatches is part of the
    /// result. Not synchronised over the step, which would take a sum over all nodes inside the forward pass and again inside
    /// backward, at each of these layers: a node could compute none of its microbatches alone.
    /// </summary>
    public required bool UseBnInHead { get; init; }

    /// <summary>Teacher temperature at epoch 0; then linear to TeacherTemp.</summary>
    [Range(0.001, 1.0, ErrorMessage = "Dino:WarmupTeacherTemp must be {1} to {2}: 0.04 in the paper")]
    public required double WarmupTeacherTemp { get; init; }

    /// <summary>Teacher temperature after its warm-up.</summary>
    [Range(0.001, 1.0, ErrorMessage = "Dino:TeacherTemp must be {1} to {2}: 0.04 to 0.07 in the paper, above that it is unstable")]
    public required double TeacherTemp { get; init; }

    /// <summary>Epochs from WarmupTeacherTemp to TeacherTemp.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Dino:WarmupTeacherTempEpochs must be {1} to {2}: 0 to 50 in the paper")]
    public required int WarmupTeacherTempEpochs { get; init; }

    [Range(0.001, 10.0, ErrorMessage = "Dino:StudentTemp must be {1} to {2}: 0.1 in the paper")]
    public required double StudentTemp { get; init; }

    /// <summary>Share of the old centre that a step keeps.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Dino:CenterMomentum must be {1} to {2}: 0.9 in the paper")]
    public required double CenterMomentum { get; init; }

    /// <summary>
    /// What keeps the teacher from one answer for all: mean (the paper's centre), or sinkhorn (Sinkhorn-Knopp, of SwAV and DINOv2),
    /// which spreads the answers of a microbatch evenly over the prototypes, so that Microbatches is part of the result.
    /// </summary>
    [AllowedValues("mean", "sinkhorn", ErrorMessage = "Dino:Centering must be mean (the paper's centre) or sinkhorn")]
    public string Centering { get; init; } = "mean";

    /// <summary>
    /// Weight of the KoLeo loss (Sablayrolles et al. 2019, arXiv 1806.03198), which pushes each image's features away from their
    /// nearest neighbour in the microbatch; 0 turns it off.
    /// </summary>
    [Range(0.0, 100.0, ErrorMessage = "Dino:KoLeoWeight must be {1} to {2}: 0.1 in DINOv2, 0 turns it off")]
    public double KoLeoWeight { get; init; }

    /// <summary>Share of the old teacher that step 0 keeps; then by a cosine to MomentumTeacherEnd.</summary>
    [Range(0.0, 1.0, ErrorMessage = "Dino:MomentumTeacher must be {1} to {2}: 0.996 in the paper, 0.9995 for a batch of 256")]
    public required double MomentumTeacher { get; init; }

    [Range(0.0, 1.0, ErrorMessage = "Dino:MomentumTeacherEnd must be {1} to {2}: 1 in the paper")]
    public required double MomentumTeacherEnd { get; init; }

    /// <summary>Epochs at the start in which the prototypes do not learn.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Dino:FreezeLastLayerEpochs must be {1} to {2}: 1 in the paper")]
    public required int FreezeLastLayerEpochs { get; init; }

    /// <summary>Smallest and largest area of a global crop, as a share of the image.</summary>
    public required double[] GlobalCropsScale { get; init; }

    /// <summary>Smallest and largest area of a local crop, as a share of the image.</summary>
    public required double[] LocalCropsScale { get; init; }

    /// <summary>Local crops a sample, beside the two global ones.</summary>
    [Range(0, 64, ErrorMessage = "Dino:LocalCropsNumber must be {1} to {2}: 8 in the paper, 0 for no multi-crop")]
    public required int LocalCropsNumber { get; init; }

    /// <summary>Side of a global crop, pixels.</summary>
    [Range(1, 4096, ErrorMessage = "Dino:GlobalCropSize must be {1} to {2} pixels: 224 in the paper")]
    public required int GlobalCropSize { get; init; }

    /// <summary>Side of a local crop, pixels.</summary>
    [Range(1, 4096, ErrorMessage = "Dino:LocalCropSize must be {1} to {2} pixels: 96 in the paper")]
    public required int LocalCropSize { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
    [
        .. IntervalRules.Check("Dino:GlobalCropsScale", GlobalCropsScale, 0, 1, "[0.4, 1] in the paper"),
        .. IntervalRules.Check("Dino:LocalCropsScale", LocalCropsScale, 0, 1, "[0.05, 0.4] in the paper"),
    ];
}
