namespace Lockstep.Node.Augment;

/// <summary>
/// An operation that sees one pixel at a time. Brightness, contrast and saturation are Pillow's ImageEnhance: grey + factor *
/// (x - grey), cut off to a whole number and clipped, where "grey" is black, the mean grey of the picture, or the grey of
/// the pixel. All are bit-equal to Pillow.
/// </summary>
public readonly record struct PointOperation
{
    internal enum Kind
    {
        Blend,
        Saturation,
        Hue,
        Greyscale,
        Solarize,
    }

    internal Kind What { get; private init; }
    internal float Factor { get; private init; }
    internal float Grey { get; private init; }

    public static PointOperation Brightness(float factor) => new() { What = Kind.Blend, Factor = factor };

    /// <param name="factor">1 leaves the picture as it is.</param>
    /// <param name="mean">Mean grey of the picture, rounded: <see cref="PointPass.MeanGrey"/>.</param>
    public static PointOperation Contrast(float factor, int mean) => new() { What = Kind.Blend, Factor = factor, Grey = mean };

    public static PointOperation Saturation(float factor) => new() { What = Kind.Saturation, Factor = factor };

    /// <summary>Turns the hue as torchvision does on Pillow images.</summary>
    /// <param name="shift">Part of the circle, -0.5 to 0.5.</param>
    // numpy.uint8(shift * 255): cut off towards zero, then modulo 256.
    public static PointOperation Hue(float shift) => new() { What = Kind.Hue, Factor = (byte)(int)(shift * 255.0) };

    /// <summary>Replaces all channels by the grey value.</summary>
    public static PointOperation Greyscale => new() { What = Kind.Greyscale };

    /// <summary>Inverts values of 128 and more.</summary>
    public static PointOperation Solarize => new() { What = Kind.Solarize };
}
