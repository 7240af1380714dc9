using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Images;

namespace Lockstep.Node.Augment;

/// <summary>
/// Cuts one view out of an image, with the operations and the 8-bit arithmetic of torchvision over Pillow. Between the
/// operations the values are whole numbers 0 to 255 held as floats, planar; all sums are of integers, so the result is
/// the same on every machine. Not thread-safe: one a worker, its buffers are used again.
/// </summary>
public sealed class ViewAugmenter
{
    private readonly BicubicResizer _resizer = new();
    private readonly GaussianBlur _blur = new();

    /// <param name="image">The decoded sample.</param>
    /// <param name="spec">The view.</param>
    /// <param name="chance">Keyed by (epoch, sample, crop). <see cref="ViewDraw"/> says what is drawn.</param>
    /// <param name="chw">Takes the view, normalised. [3, S, S]</param>
    public void Augment(DecodedImage image, ViewSpec spec, ref Philox chance, Span<float> chw)
    {
        var size = spec.Size;
        if (chw.Length != 3 * size * size)
            throw new ArgumentException($"{chw.Length} floats are not 3 x {size} x {size}", nameof(chw));

        // :: 1  all chance
        var draw = ViewDraw.Draw(spec, image.Width, image.Height, ref chance);

        // :: 2  crop, resize, flip
        _resizer.Resize(image, draw.Crop, size, size, draw.Flip, chw);

        // :: 3  colours
        if (draw.Jitter) Jitter(draw, chw);
        if (draw.Greyscale) Greyscale.Apply(chw);

        // :: 4  blur, solarise
        if (draw.Blur) _blur.Apply(chw, size, size, draw.BlurSigma);
        if (draw.Solarize) Solarization.Apply(chw);

        // :: 5  to [0,1], normalise
        Normalization.Apply(chw, spec.Mean, spec.Std);
    }

    private static void Jitter(in ViewDraw draw, Span<float> chw)
    {
        var order = draw.JitterOrder;
        for (var i = 0; i < 4; i++)
        {
            switch (order[i])
            {
                case JitterOperation.Brightness when draw.Brightness is { } factor: ColorJitter.Brightness(chw, factor); break;
                case JitterOperation.Contrast when draw.Contrast is { } factor: ColorJitter.Contrast(chw, factor); break;
                case JitterOperation.Saturation when draw.Saturation is { } factor: ColorJitter.Saturation(chw, factor); break;
                case JitterOperation.Hue when draw.Hue is { } shift: HueShift.Apply(chw, shift); break;
            }
        }
    }
}
