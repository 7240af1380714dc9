using System.Runtime.InteropServices;
using Native = Lockstep.Node.Images.TurboJpegNative;

namespace Lockstep.Node.Images;

/// <summary>
/// JPEG to upright RGB: baseline, progressive and arithmetic-coded; colour, greyscale, CMYK and YCCK. Like Pillow, it
/// ignores colour profiles and takes four-channel files as inverted (Adobe's convention); unlike Pillow, it turns a
/// picture as its EXIF orientation says. Not thread-safe: one a worker.
/// </summary>
public sealed class JpegDecoder : IDisposable
{
    private readonly PixelBuffer _cmyk = new();
    private TurboJpegHandle _handle = NewHandle();

    /// <summary>True if the bytes start like a JPEG.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <exception cref="ImageDecodeException">The file is truncated, corrupt, too large or of a kind that is not decoded.</exception>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public void Decode(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        var known = JpegHeader.TryRead(bytes, out var info);
        if (known) RequireDecodable(info, bytes.Length);
        try
        {
            DecodeAsStored(bytes, into);
        }
        finally
        {
            _cmyk.Trim();
        }
        if (known) into.Orient(info.Orientation);
    }

    public void Dispose() => _handle.Dispose();

    private unsafe void DecodeAsStored(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        fixed (byte* jpeg = bytes)
        {
            // The header call also fails on unusual subsampling, after it has set all that is needed here.
            int width = 0, height = 0, subsampling = -1, colorspace = -1;
            var size = new CULong((nuint)bytes.Length);
            var rc = Native.DecompressHeader(_handle, jpeg, size, &width, &height, &subsampling, &colorspace);
            if (rc != 0 && (width <= 0 || height <= 0 || colorspace < 0)) throw HeaderFailure(bytes);

            var pixels = into.Resize(width, height);
            var fourChannels = colorspace is Native.ColorspaceCmyk or Native.ColorspaceYcck;
            var cmyk = fourChannels ? _cmyk.Reserve(width * height * 4) : [];
            fixed (byte* target = fourChannels ? cmyk : pixels)
            {
                var format = fourChannels ? Native.PixelsCmyk : Native.PixelsRgb;
                rc = Native.Decompress(_handle, jpeg, size, target, width, 0, height, format,
                    Native.FlagAccurateDct | Native.FlagLimitScans);
            }
            if (rc != 0 && !IsHarmless(bytes)) throw Failure(bytes);
            if (fourChannels) ToRgb(cmyk, pixels);
        }
    }

    private static TurboJpegHandle NewHandle()
    {
        var handle = Native.InitDecompress();
        return handle.IsInvalid ? throw new InvalidOperationException("libturbojpeg could not make a decompressor") : handle;
    }

    private static void RequireDecodable(in ImageInfo info, int fileBytes)
    {
        if (info.BitsPerSample != 8)
            throw new ImageDecodeException(ImageFault.Unsupported, $"a JPEG of {info.BitsPerSample} bits a sample; 8 are decoded");
        if (info.Coding == ImageCoding.OtherJpeg)
            throw new ImageDecodeException(ImageFault.Unsupported, "a lossless or hierarchical JPEG; sequential and progressive ones are decoded");
        info.RequireDecodable(fileBytes);
    }

    // As Pillow: stray bytes (ImageNet has them) and damage that libjpeg recovers from are accepted, a missing end is not.
    private bool IsHarmless(ReadOnlySpan<byte> bytes) =>
        Native.GetErrorCode(_handle) == Native.ErrorWarning
        && !IsPrematureEnd(Native.ErrorText(_handle))
        && bytes.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;

    private ImageDecodeException Failure(ReadOnlySpan<byte> bytes)
    {
        var reason = Native.ErrorText(_handle);
        CodecMemory.Require(reason);
        var truncated = IsPrematureEnd(reason) || bytes.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0;
        return truncated
            ? new ImageDecodeException(ImageFault.Truncated, $"truncated JPEG ({reason})")
            : new ImageDecodeException(ImageFault.Corrupt, $"corrupt JPEG ({reason})");
    }

    // A header call that fails leaves libturbojpeg 2.1 in the middle of that header: it would go on there with the next file.
    private ImageDecodeException HeaderFailure(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Failure(bytes);
        }
        finally
        {
            _handle.Dispose();
            _handle = NewHandle();
        }
    }

    private static bool IsPrematureEnd(string reason) => reason.Contains("premature end", StringComparison.OrdinalIgnoreCase);

    // Pillow's cmyk2rgb after "CMYK;I": channel = k - (255 - c) * k / 255 with its rounding of x / 255.
    private static void ToRgb(ReadOnlySpan<byte> cmyk, Span<byte> rgb)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            int k = cmyk[from + 3];
            for (var channel = 0; channel < 3; channel++)
            {
                var scaled = (255 - cmyk[from + channel]) * k + 128;
                rgb[to + channel] = (byte)Math.Max(0, k - ((scaled >> 8) + scaled >> 8));
            }
        }
    }
}
