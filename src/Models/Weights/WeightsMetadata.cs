namespace Lockstep.Models.Weights;

/// <summary>Keys of the metadata in files that Lockstep exports: what shapes of tensors do not tell.</summary>
public static class WeightsMetadata
{
    /// <summary>Model:Arch of the run.</summary>
    public const string Arch = "lockstep.arch";

    /// <summary>Attention heads.</summary>
    public const string Heads = "lockstep.heads";

    /// <summary>Colour mean and standard deviation of the images that the network was trained with: three numbers on [0,1], spaces between.</summary>
    public const string Mean = "lockstep.mean", Std = "lockstep.std";

    /// <summary>Side of the images that a ResNet was trained for, pixels.</summary>
    public const string ImageSize = "lockstep.image_size";

    /// <summary>Evaluation:CropPct of the run.</summary>
    public const string CropPct = "lockstep.crop_pct";

    /// <summary>Digest of the state that the weights were taken from.</summary>
    public const string Digest = "lockstep.digest";
}
