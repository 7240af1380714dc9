namespace Lockstep.Node.Images;

/// <summary>
/// A decoded picture: rows of 8-bit RGB triplets without gaps. One object serves one worker for all its images; the
/// buffer grows to the largest seen and is used again.
/// </summary>
public sealed class DecodedImage
{
    /// <summary>Largest picture that is decoded, pixels; a header that announces more is taken for a decompression bomb.</summary>
    public const long MaxPixels = 100_000_000;

    // Vector kernels load whole words: bytes after the last pixel that may be read, never used.
    internal const int SlackBytes = 64;

    // A single huge picture must not be held for the rest of the run.
    private const int KeptBytes = 64 << 20;

    private byte[] _buffer = new byte[SlackBytes];

    public int Width { get; private set; }
    public int Height { get; private set; }

    /// <summary>[Height, Width, 3], bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _buffer.AsSpan(0, Width * Height * 3);

    /// <summary>The pixels and at least <see cref="SlackBytes"/> readable bytes after them.</summary>
    internal ReadOnlySpan<byte> PaddedPixels => _buffer.AsSpan(0, Width * Height * 3 + SlackBytes);

    /// <summary>Takes a new size and returns the pixels to be written; their old content is undefined.</summary>
    /// <exception cref="ImageDecodeException">The size is not positive or exceeds <see cref="MaxPixels"/>.</exception>
    public Span<byte> Resize(int width, int height)
    {
        if (width <= 0 || height <= 0)
            throw new ImageDecodeException(ImageFault.Corrupt, $"the header says {width} x {height} pixels");
        if ((long)width * height > MaxPixels)
            throw new ImageDecodeException(ImageFault.TooLarge,
                $"{width} x {height} pixels are more than the {MaxPixels:N0} that are decoded");
        var needed = width * height * 3 + SlackBytes;
        if (_buffer.Length < needed || _buffer.Length > KeptBytes && needed < _buffer.Length / 4)
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(needed, 1 << 20));
        (Width, Height) = (width, height);
        return _buffer.AsSpan(0, width * height * 3);
    }
}
