using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Images;

namespace Lockstep.Node.Augment;

/// <summary>
/// Cuts one view out of an image, with the operations and the 8-bit arithmetic of torchvision over Pillow. Between the
/// operations the values are bytes, planar; all sums are of integers, so the result is the same on every machine. After
/// the resize the picture is passed over once, or twice where contrast needs its mean, and once more for a blur.
/// Not thread-safe: one a worker, its buffers are used again.
/// </summary>
public sealed class ViewAugmenter
{
    private readonly Resampler _resampler = new();
    private readonly PointPass _points = new();
    private readonly GaussianBlur _blur = new();
    private readonly Normalization _normalization = new();
    private byte[] _planes = [];

    /// <summary>Cuts a view with a crop of its own.</summary>
    /// <param name="image">The decoded sample.</param>
    /// <param name="spec">The view.</param>
    /// <param name="chance">Keyed by (epoch, sample, crop). <see cref="ViewDraw"/> says what is drawn.</param>
    /// <param name="chw">Takes the view, normalised. [3, S, S]</param>
    public void Augment(DecodedImage image, ViewSpec spec, ref Philox chance, Span<float> chw) =>
        Augment(image, spec, ViewDraw.Draw(spec, image.Width, image.Height, ref chance), chw);

    /// <summary>Cuts a view as chance has decided.</summary>
    /// <param name="image">The decoded sample.</param>
    /// <param name="spec">The view.</param>
    /// <param name="draw">All chance.</param>
    /// <param name="chw">Takes the view, normalised. [3, S, S]</param>
    public void Augment(DecodedImage image, ViewSpec spec, in ViewDraw draw, Span<float> chw)
    {
        var size = spec.Size;
        if (chw.Length != 3 * size * size)
            throw new ArgumentException($"{chw.Length} floats are not 3 x {size} x {size}", nameof(chw));
        if (_planes.Length < chw.Length) _planes = new byte[chw.Length];
        var planes = _planes.AsSpan(0, chw.Length);

        // :: 1  crop, resize, flip
        _resampler.Resize(image, draw.Crop, size, size, draw.Flip, spec.Filter, planes);

        // :: 2  colours
        if (draw.Jitter) _points.AddJitter(draw, planes);
        if (draw.Greyscale) _points.Add(PointOperation.Greyscale);

        // :: 3  blur, solarise
        if (draw.Blur)
        {
            _points.Run(planes);
            _blur.Apply(planes, size, size, draw.BlurSigma);
        }
        if (draw.Solarize) _points.Add(PointOperation.Solarize);

        // :: 4  to [0,1], normalise
        _normalization.Use(spec.Mean, spec.Std);
        _points.Run(planes, _normalization, chw);
    }
}
