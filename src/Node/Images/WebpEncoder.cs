using Native = Lockstep.Node.Images.LibWebpNative;

namespace Lockstep.Node.Images;

/// <summary>Pixels to WebP.</summary>
public static class WebpEncoder
{
    /// <summary>Lossy.</summary>
    /// <param name="pixels">[height, width, 3], or 4 for RGB and alpha; bytes.</param>
    /// <param name="width">Pixels, up to 16,383.</param>
    /// <param name="height">Pixels, up to 16,383.</param>
    /// <param name="quality">0 to 100.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encode(pixels, width, height, lossyQuality: quality);
    }

    /// <summary>Lossless; colours of pixels without any opacity may change.</summary>
    /// <param name="pixels">[height, width, 3], or 4 for RGB and alpha; bytes.</param>
    /// <param name="width">Pixels, up to 16,383.</param>
    /// <param name="height">Pixels, up to 16,383.</param>
    public static byte[] EncodeLossless(ReadOnlySpan<byte> pixels, int width, int height) => Encode(pixels, width, height, lossyQuality: null);

    private static unsafe byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int? lossyQuality)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var channels = pixels.Length / ((long)width * height);
        if (channels is not (3 or 4) || pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes are not {height} x {width} x 3 or 4", nameof(pixels));

        var stride = width * (int)channels;
        byte* webp = null;
        try
        {
            nuint size;
            fixed (byte* source = pixels)
            {
                size = (channels, lossyQuality) switch
                {
                    (3, { } quality) => Native.EncodeRgb(source, width, height, stride, quality, &webp),
                    (3, null) => Native.EncodeLosslessRgb(source, width, height, stride, &webp),
                    (_, { } quality) => Native.EncodeRgba(source, width, height, stride, quality, &webp),
                    _ => Native.EncodeLosslessRgba(source, width, height, stride, &webp),
                };
            }
            if (size == 0) throw new InvalidOperationException($"libwebp cannot encode {width} x {height} pixels");
            return new ReadOnlySpan<byte>(webp, checked((int)size)).ToArray();
        }
        finally
        {
            Native.Free(webp);
        }
    }
}
