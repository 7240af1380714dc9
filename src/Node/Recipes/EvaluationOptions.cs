using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Evaluation: the k-NN classifier (InstDisc's weighted vote, as DINO uses it).</summary>
public sealed record EvaluationOptions
{
    /// <summary>Neighbours that vote.</summary>
    [Range(1, 100_000, ErrorMessage = "Evaluation:Neighbours must be positive")]
    public int Neighbours { get; init; }

    /// <summary>A vote weighs exp(similarity / Temperature).</summary>
    [Range(1e-3, 1e3, ErrorMessage = "Evaluation:Temperature must be between 0.001 and 1000")]
    public double Temperature { get; init; }

    /// <summary>Images a forward pass.</summary>
    [Range(1, 4096, ErrorMessage = "Evaluation:BatchSize must be between 1 and 4096")]
    public int BatchSize { get; init; }

    /// <summary>
    /// Side of the centre that the network sees, as a share of the image's shorter side (timm's crop_pct): 0.875, 224 of 256, in the
    /// original; 1 shows the whole image.
    /// </summary>
    [Range(0.1, 1.0, ErrorMessage = "Evaluation:CropPct must be between 0.1 and 1: 0.875 in the DINO paper's evaluation")]
    public double CropPct { get; init; }

    /// <summary>Length of an image's shorter side before its centre is cut out, pixels.</summary>
    /// <param name="size">Side of the centre, pixels.</param>
    public int ResizeSide(int size) => (int)Math.Round(size / CropPct);
}
