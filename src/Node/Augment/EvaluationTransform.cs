using Lockstep.Models;
using Lockstep.Node.Images;

namespace Lockstep.Node.Augment;

/// <summary>
/// The view that evaluation uses: shorter side resized to <c>ResizeSide</c> (256 for 224) bicubically, the centre cut out, normalised.
/// Not thread-safe: one a worker.
/// </summary>
public sealed class EvaluationTransform
{
    private readonly Resampler _resampler = new();
    private readonly PointPass _points = new();
    private readonly Normalization _normalization = new();
    private readonly byte[] _planes;

    /// <param name="size">Side of the view, pixels.</param>
    /// <param name="mean">A channel, on [0,1].</param>
    /// <param name="std">A channel, on [0,1].</param>
    /// <param name="resizeSide">Length of the shorter side before the cut; size * 256 / 224, rounded, where null.</param>
    public EvaluationTransform(int size, IReadOnlyList<double> mean, IReadOnlyList<double> std, int? resizeSide = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (Size, _planes) = (size, new byte[3 * size * size]);
        _normalization.Use(mean, std);
        ResizeSide = resizeSide ?? (int)Math.Round(size * 256.0 / 224);
        ArgumentOutOfRangeException.ThrowIfLessThan(ResizeSide, size, nameof(resizeSide));
    }

    public int Size { get; }
    public int ResizeSide { get; }

    /// <param name="image">The decoded sample.</param>
    /// <param name="chw">Takes the view. [3, Size, Size]</param>
    public void Apply(DecodedImage image, Span<float> chw)
    {
        // As torchvision's Resize and CenterCrop round: the longer side down, the margins half to even.
        var (width, height) = image.Width <= image.Height
            ? (ResizeSide, (int)((long)ResizeSide * image.Height / image.Width))
            : ((int)((long)ResizeSide * image.Width / image.Height), ResizeSide);
        var window = new CropBox((int)Math.Round((width - Size) / 2.0), (int)Math.Round((height - Size) / 2.0), Size, Size);
        _resampler.Resize(image, new CropBox(0, 0, image.Width, image.Height), width, height, window, flip: false, ResampleFilter.Bicubic, _planes);
        _points.Run(_planes, _normalization, chw);
    }
}
