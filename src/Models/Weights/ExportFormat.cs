namespace Lockstep.Models.Weights;

/// <summary>Whose names exported weights have.</summary>
public enum ExportFormat
{
    /// <summary>Backbone and head as in the original's checkpoint.pth: "backbone.*", "head.*", and "module." before a student's.</summary>
    Dino,

    /// <summary>The backbone alone as timm names it; for a ViT the same names as <see cref="Backbone"/>.</summary>
    Timm,

    /// <summary>The backbone alone as in the original's *_pretrain.pth.</summary>
    Backbone,
}
