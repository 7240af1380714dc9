namespace Lockstep.Node.Images;

/// <summary>What a stored pixel consists of. A PNG's transparent colour (tRNS) counts as alpha.</summary>
public enum PixelMode
{
    Grey,
    GreyAlpha,
    Rgb,
    RgbAlpha,
    Palette,
    PaletteAlpha,
    Cmyk,
}
