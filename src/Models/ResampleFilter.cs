namespace Lockstep.Models;

/// <summary>Kernel with which a crop is resized. All are widened where the picture shrinks (antialiasing), as in Pillow.</summary>
public enum ResampleFilter
{
    /// <summary>Cubic convolution, a = -0.5, two pixels to each side.</summary>
    Bicubic,

    /// <summary>Triangle, one pixel to each side.</summary>
    Bilinear,

    /// <summary>Windowed sinc, three pixels to each side.</summary>
    Lanczos,
}
