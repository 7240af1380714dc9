namespace Lockstep.Node.Images;

/// <summary>What the header of an image says. Nothing is decoded and nothing is believed to be true of the rest.</summary>
public readonly record struct ImageInfo
{
    public ImageFormat Format { get; init; }

    /// <summary>Stored width, pixels; may be 0 in a broken file.</summary>
    public int Width { get; init; }

    /// <summary>Stored height, pixels; may be 0 in a broken file.</summary>
    public int Height { get; init; }

    public PixelMode Mode { get; init; }

    /// <summary>Bits a sample (of a palette image: bits an index): 8, or 1, 2, 4, 16 in a PNG, 12 in a JPEG.</summary>
    public int BitsPerSample { get; init; }

    public ImageCoding Coding { get; init; }

    /// <summary>A PNG in seven passes.</summary>
    public bool Interlaced { get; init; }

    /// <summary>More than one picture in time: an animated WebP or PNG.</summary>
    public bool Animated { get; init; }

    /// <summary>EXIF orientation, 1 to 8 (<see cref="ExifOrientation"/>).</summary>
    public int Orientation { get; init; }

    /// <summary>An ICC colour profile is there. It is not applied.</summary>
    public bool HasColorProfile { get; init; }

    /// <summary>Width of the picture as it is decoded, turned upright.</summary>
    public int UprightWidth => ExifOrientation.SwapsSides(Orientation) ? Height : Width;

    /// <summary>Height of the picture as it is decoded, turned upright.</summary>
    public int UprightHeight => ExifOrientation.SwapsSides(Orientation) ? Width : Height;

    /// <summary>
    /// Bytes without which no file can hold a picture of this size. Huffman-coded JPEG: a bit for each two blocks of 8 x 8
    /// (each block has one at least, and odd sampling factors halve their number); PNG: deflate shrinks to 1/1032 at most;
    /// lossy WebP: a bit for each block of 16 x 16. One colour all over takes no bits in a lossless WebP and almost none in
    /// an arithmetic-coded JPEG: no bound.
    /// </summary>
    public long LeastFileBytes => Coding switch
    {
        ImageCoding.Baseline or ImageCoding.Progressive => (long)Width * Height / (2 * 64 * 8),
        ImageCoding.Deflate => (long)Width * Height * BitsPerSample * Channels / 8 / 1032,
        ImageCoding.Vp8 => (long)Width * Height / (256 * 8),
        _ => 0,
    };

    private int Channels => Mode switch
    {
        PixelMode.Rgb => 3,
        PixelMode.RgbAlpha => 3, // a transparent colour is stored without alpha
        PixelMode.Cmyk => 4,
        _ => 1,
    };

    /// <summary>Reads the header of a JPEG, PNG or WebP.</summary>
    /// <returns>False if the bytes are none of these, or end before the size is told.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ImageInfo info)
    {
        if (JpegDecoder.Recognizes(bytes)) return JpegHeader.TryRead(bytes, out info);
        if (PngDecoder.Recognizes(bytes)) return PngHeader.TryRead(bytes, out info);
        if (WebpDecoder.Recognizes(bytes)) return WebpHeader.TryRead(bytes, out info);
        info = default;
        return false;
    }

    /// <exception cref="ImageDecodeException">The picture is of no size, too large, or cannot be in a file of so few bytes.</exception>
    internal void RequireDecodable(int fileBytes)
    {
        DecodedImage.RequireDecodable(Width, Height);
        if (LeastFileBytes > fileBytes)
            throw new ImageDecodeException(ImageFault.Truncated,
                $"the header says {Width} x {Height} pixels, which {fileBytes:N0} bytes cannot hold");
    }
}
