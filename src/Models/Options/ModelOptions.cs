using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>The backbone: section "Model" of a recipe.</summary>
public sealed record ModelOptions : IValidatableObject
{
    /// <summary>vit_tiny, vit_small, vit_base (table 1 of the DINO paper, and DeiT), or vit: then Dim, Depth, Heads and MlpRatio say it.</summary>
    [Required(ErrorMessage = "Model:Arch is missing: set vit_tiny, vit_small, vit_base or vit")]
    public required string Arch { get; init; }

    /// <summary>Side of the square image that the position embedding is made for, pixels.</summary>
    [Range(1, 4096, ErrorMessage = "Model:ImageSize must be {1} to {2} pixels: 224 in the papers")]
    public required int ImageSize { get; init; }

    /// <summary>Side of a patch, pixels.</summary>
    [Range(1, 256, ErrorMessage = "Model:PatchSize must be {1} to {2} pixels: 16 or 8 in the papers")]
    public required int PatchSize { get; init; }

    /// <summary>Drop-path rate of the student's last block; earlier blocks have less, linearly from 0.</summary>
    [Range(0.0, 0.99, ErrorMessage = "Model:DropPath must be {1} to {2}: 0.1 in the DINO paper, 0 turns it off")]
    public required double DropPath { get; init; }

    /// <summary>Width of a token. Only with Arch vit.</summary>
    [Range(1, 8192, ErrorMessage = "Model:Dim must be {1} to {2}")]
    public int? Dim { get; init; }

    /// <summary>Blocks. Only with Arch vit.</summary>
    [Range(1, 128, ErrorMessage = "Model:Depth must be {1} to {2}")]
    public int? Depth { get; init; }

    /// <summary>Attention heads; divides Dim. Only with Arch vit.</summary>
    [Range(1, 256, ErrorMessage = "Model:Heads must be {1} to {2}")]
    public int? Heads { get; init; }

    /// <summary>Hidden width of a block's MLP over Dim. Only with Arch vit.</summary>
    [Range(0.1, 16.0, ErrorMessage = "Model:MlpRatio must be {1} to {2}: 4 in the papers")]
    public double? MlpRatio { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PatchSize > 0 && ImageSize % PatchSize != 0)
            yield return new ValidationResult($"Model:ImageSize {ImageSize} is not a multiple of Model:PatchSize {PatchSize}: change one of them");

        if (Arch is not ("vit_tiny" or "vit_small" or "vit_base" or "vit"))
            yield return new ValidationResult($"Model:Arch '{Arch}' is not known: set vit_tiny, vit_small, vit_base or vit");
        var free = Arch == "vit";
        foreach (var (key, value) in new (string, double?)[] { ("Dim", Dim), ("Depth", Depth), ("Heads", Heads), ("MlpRatio", MlpRatio) })
        {
            if (free && value is null)
                yield return new ValidationResult($"Model:{key} is missing: Model:Arch vit needs Dim, Depth, Heads and MlpRatio");
            if (!free && value is not null)
                yield return new ValidationResult($"Model:{key} is fixed by Model:Arch {Arch}: remove the key or set Model:Arch to vit");
        }
        if (Heads > 0 && Dim % Heads is > 0)
            yield return new ValidationResult($"Model:Dim {Dim} is not a multiple of Model:Heads {Heads}: change one of them");
    }
}
