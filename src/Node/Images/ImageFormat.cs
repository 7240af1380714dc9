namespace Lockstep.Node.Images;

/// <summary>How a file codes its picture.</summary>
public enum ImageFormat
{
    Jpeg,
    Png,
    Webp,
}
