namespace Lockstep.Node.Images;

/// <summary>Channels of the pixels that <see cref="PngEncoder"/> writes, 8 bits each; the values are libpng's PNG_FORMAT_*.</summary>
public enum PngPixels
{
    Grey = 0,
    GreyAlpha = 1,
    Rgb = 2,
    RgbAlpha = 3,
}
