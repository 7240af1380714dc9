using System.Runtime.InteropServices;
using Native = Lockstep.Node.Images.TurboJpegNative;

namespace Lockstep.Node.Images;

/// <summary>Pixels to JPEG. For sample images and tests; every call makes its own compressor.</summary>
public static class JpegEncoder
{
    /// <param name="rgb">[height, width, 3], bytes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="quality">1 to 100.</param>
    /// <param name="progressive">In several scans, from coarse to fine; baseline otherwise.</param>
    public static byte[] EncodeRgb(ReadOnlySpan<byte> rgb, int width, int height, int quality = 90, bool progressive = false) =>
        Encode(rgb, width, height, 3, Native.PixelsRgb, Native.Subsampling420, quality, progressive ? Native.FlagProgressive : 0);

    /// <param name="grey">[height, width], bytes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeGrey(ReadOnlySpan<byte> grey, int width, int height, int quality = 90) =>
        Encode(grey, width, height, 1, Native.PixelsGrey, Native.SubsamplingGrey, quality);

    /// <summary>Stored as YCCK; by Adobe's convention 255 means no ink.</summary>
    /// <param name="cmyk">[height, width, 4], bytes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeCmyk(ReadOnlySpan<byte> cmyk, int width, int height, int quality = 90) =>
        Encode(cmyk, width, height, 4, Native.PixelsCmyk, Native.Subsampling444, quality);

    private static unsafe byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels, int format,
        int subsampling, int quality, int flags = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes are not {height} x {width} x {channels}", nameof(pixels));

        using var handle = Native.InitCompress();
        if (handle.IsInvalid) throw new InvalidOperationException("libturbojpeg could not make a compressor");
        byte* jpeg = null;
        try
        {
            CULong size = default;
            fixed (byte* source = pixels)
            {
                var rc = Native.Compress(handle, source, width, 0, height, format, &jpeg, &size, subsampling, quality,
                    flags | Native.FlagAccurateDct);
                if (rc != 0) throw new InvalidOperationException($"libturbojpeg cannot encode {width} x {height} pixels: {Native.ErrorText(handle)}");
            }
            return new ReadOnlySpan<byte>(jpeg, checked((int)size.Value)).ToArray();
        }
        finally
        {
            Native.Free(jpeg);
        }
    }
}
