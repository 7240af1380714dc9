namespace Lockstep.Node.Images;

/// <summary>
/// A decoded picture: rows of 8-bit RGB triplets without gaps. One object serves one worker for all its images; the
/// buffers grow to the largest seen and are used again.
/// </summary>
public sealed class DecodedImage
{
    /// <summary>Largest picture that is decoded, pixels; a header that announces more is taken for a decompression bomb.</summary>
    public const long MaxPixels = 100_000_000;

    // Vector kernels load whole words: bytes after the last pixel that may be read, never used.
    internal const int SlackBytes = 64;

    private PixelBuffer _pixels = new(), _turned = new();

    public int Width { get; private set; }
    public int Height { get; private set; }

    /// <summary>[Height, Width, 3], bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels.Bytes.AsSpan(0, Width * Height * 3);

    /// <summary>The pixels and at least <see cref="SlackBytes"/> readable bytes after them.</summary>
    internal ReadOnlySpan<byte> PaddedPixels => _pixels.Bytes.AsSpan(0, Width * Height * 3 + SlackBytes);

    /// <summary>Takes a new size and returns the pixels to be written; their old content is undefined.</summary>
    /// <exception cref="ImageDecodeException">The size is not positive or exceeds <see cref="MaxPixels"/>.</exception>
    public Span<byte> Resize(int width, int height)
    {
        RequireDecodable(width, height);
        _pixels.Reserve(width * height * 3 + SlackBytes);
        (Width, Height) = (width, height);
        return _pixels.Bytes.AsSpan(0, width * height * 3);
    }

    /// <summary>Turns the picture as an EXIF orientation says (1 to 8); 1 costs nothing, 5 to 8 swap width and height.</summary>
    public void Orient(int orientation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(orientation, ExifOrientation.Upright);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(orientation, 8);
        if (orientation == ExifOrientation.Upright) return;
        _turned.Reserve(Width * Height * 3 + SlackBytes);
        ExifOrientation.Turn(Pixels, Width, Height, orientation, _turned.Bytes.AsSpan(0, Width * Height * 3));
        (_pixels, _turned) = (_turned, _pixels);
        _turned.Trim();
        if (ExifOrientation.SwapsSides(orientation)) (Width, Height) = (Height, Width);
    }

    /// <exception cref="ImageDecodeException">The size is not positive or exceeds <see cref="MaxPixels"/>.</exception>
    internal static void RequireDecodable(int width, int height)
    {
        if (width <= 0 || height <= 0)
            throw new ImageDecodeException(ImageFault.Corrupt, $"the header says {width} x {height} pixels");
        if ((long)width * height > MaxPixels)
            throw new ImageDecodeException(ImageFault.TooLarge,
                $"{width} x {height} pixels are more than the {MaxPixels:N0} that are decoded");
    }
}
