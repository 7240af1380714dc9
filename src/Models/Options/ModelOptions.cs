using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>The backbone: section "Model" of a recipe.</summary>
public sealed record ModelOptions : IValidatableObject
{
    private const string Known = "vit_tiny, vit_small, vit_base, vit, resnet50 or resnet";

    /// <summary>
    /// vit_tiny, vit_small, vit_base (table 1 of the DINO paper, and DeiT), or vit: then Dim, Depth, Heads and MlpRatio say it
    /// all. resnet50 is torchvision's. resnet has torchvision's basic blocks behind a stem for small images, Depth of them in each
    /// of three layers of Dim, 2 Dim and 4 Dim channels. Their batch normalisation takes the statistics of one pass of one microbatch, so
    /// Microbatches is part of the result, and has no synchronised form (see Dino:UseBnInHead).
    /// </summary>
    [Required(ErrorMessage = $"Model:Arch is missing: set {Known}")]
    public required string Arch { get; init; }

    /// <summary>Side of the square image that the backbone, and a ViT's position embedding, is made for, pixels.</summary>
    [Range(1, 4096, ErrorMessage = "Model:ImageSize must be {1} to {2} pixels: 224 in the papers")]
    public required int ImageSize { get; init; }

    /// <summary>Side of a ViT's patch, pixels.</summary>
    [Range(1, 256, ErrorMessage = "Model:PatchSize must be {1} to {2} pixels: 16 or 8 in the papers")]
    public required int PatchSize { get; init; }

    /// <summary>Drop-path rate of the student's last block; earlier blocks have less, linearly from 0. Of ViTs only, as in the original.</summary>
    [Range(0.0, 0.99, ErrorMessage = "Model:DropPath must be {1} to {2}: 0.1 in the DINO paper, 0 turns it off")]
    public required double DropPath { get; init; }

    /// <summary>Width of a ViT's token, channels of a resnet's first layer; 0 with a named Arch, which fixes it.</summary>
    [Range(0, 8192, ErrorMessage = "Model:Dim must be {1} to {2}")]
    public required int Dim { get; init; }

    /// <summary>Blocks of a ViT, or of each layer of a resnet; 0 with a named Arch, which fixes it.</summary>
    [Range(0, 128, ErrorMessage = "Model:Depth must be {1} to {2}")]
    public required int Depth { get; init; }

    /// <summary>A ViT's attention heads, a divisor of Dim; 0 with a named Arch, which fixes it, and with a resnet.</summary>
    [Range(0, 256, ErrorMessage = "Model:Heads must be {1} to {2}")]
    public required int Heads { get; init; }

    /// <summary>Hidden width of a block's MLP over Dim; 4 with every named Arch.</summary>
    [Range(0.1, 16.0, ErrorMessage = "Model:MlpRatio must be {1} to {2}: 4 in the papers")]
    public required double MlpRatio { get; init; }

    /// <summary>
    /// Learned tokens beside the class token that hold what attention needs a place for, and that no one reads (registers, Darcet et
    /// al. 2024, arXiv 2309.16588). Of ViTs only.
    /// </summary>
    [Range(0, 64, ErrorMessage = "Model:Registers must be {1} to {2}: 0 in the DINO paper, 4 in the paper on registers")]
    public int Registers { get; init; }

    /// <summary>
    /// What training computes matrix products and convolutions in: float32, or bfloat16 with everything else in float32 (see
    /// docs/dino.md). Weights, gradients, optimizer and teacher are float32 in any case, and so is evaluation.
    /// </summary>
    [AllowedValues("float32", "bfloat16", ErrorMessage = "Model:Compute must be float32 or bfloat16")]
    public string Compute { get; init; } = "float32";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var isResNet = Arch is "resnet50" or "resnet";
        if (!isResNet && PatchSize > 0 && ImageSize % PatchSize != 0)
            yield return new ValidationResult($"Model:ImageSize {ImageSize} is not a multiple of Model:PatchSize {PatchSize}: change one of them");
        if (Arch is not ("vit_tiny" or "vit_small" or "vit_base" or "vit" or "resnet50" or "resnet"))
            yield return new ValidationResult(UnknownArch(Arch));

        if (isResNet && Registers != 0)
            yield return new ValidationResult($"Model:Registers is {Registers}, but Model:Arch {Arch} has no tokens: set it to 0");

        var free = Arch is "vit" or "resnet";
        foreach (var (key, value) in new[] { ("Dim", Dim), ("Depth", Depth), ("Heads", Heads) })
        {
            var isFree = free && (key != "Heads" || !isResNet);
            if (isFree && value == 0)
                yield return new ValidationResult($"Model:{key} is 0: Model:Arch {Arch} needs {(isResNet ? "Dim and Depth" : "Dim, Depth and Heads")}");
            if (!isFree && value != 0)
                yield return new ValidationResult(free ? $"Model:{key} is {value}, but Model:Arch {Arch} has none: set it to 0" : $"Model:{key} is fixed by Model:Arch {Arch}: set it to 0, or Model:Arch to vit");
        }
        if (Arch != "vit" && MlpRatio != 4)
            yield return new ValidationResult($"Model:MlpRatio is fixed by Model:Arch {Arch}: set it to 4, or Model:Arch to vit");
        if (Heads > 0 && Dim % Heads != 0)
            yield return new ValidationResult($"Model:Dim {Dim} is not a multiple of Model:Heads {Heads}: change one of them");
    }

    /// <summary>The name of an architecture here: the original takes deit_tiny, deit_small and deit_base for vit_* as well.</summary>
    public static string ArchOf(string name) => name is "deit_tiny" or "deit_small" or "deit_base" ? $"vit{name["deit".Length..]}" : name;

    internal static string UnknownArch(string arch) => $"Model:Arch '{arch}' is not known: set {Known}";
}
