using System.Runtime.InteropServices;
using Native = Lockstep.Node.Images.LibWebpNative;

namespace Lockstep.Node.Images;

/// <summary>
/// WebP to upright RGB: lossy and lossless; transparency is composited on white as that of a PNG. Animations are refused.
/// Not thread-safe: one a worker.
/// </summary>
public sealed class WebpDecoder
{
    private readonly PixelBuffer _rgba = new();

    /// <summary>True if the bytes start like a WebP.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8);

    /// <exception cref="ImageDecodeException">The file is truncated, corrupt, too large or an animation.</exception>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public void Decode(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        if (WebpHeader.AnnouncedBytes(bytes) > bytes.Length)
            throw new ImageDecodeException(ImageFault.Truncated, $"truncated WebP ({bytes.Length:N0} of {WebpHeader.AnnouncedBytes(bytes):N0} bytes)");
        if (!WebpHeader.TryRead(bytes, out var info)) throw new ImageDecodeException(ImageFault.Corrupt, "corrupt WebP (no picture in it)");
        if (info.Animated) throw new ImageDecodeException(ImageFault.Animated, "an animated WebP; only single pictures are used");
        info.RequireDecodable(bytes.Length);
        try
        {
            DecodeAsStored(bytes, into);
        }
        finally
        {
            _rgba.Trim();
        }
        into.Orient(info.Orientation);
    }

    private unsafe void DecodeAsStored(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        fixed (byte* webp = bytes)
        {
            Native.DecoderConfig config;
            if (Native.InitDecoder(&config) == 0) throw new InvalidOperationException("libwebp.so.7 is of another kind than the one this was written for");
            Require(Native.GetFeatures(webp, (nuint)bytes.Length, &config), 0);
            var pixels = into.Resize(config.Width, config.Height);
            var hasAlpha = config.HasAlpha != 0;
            var channels = hasAlpha ? 4 : 3;
            var target = hasAlpha ? _rgba.Reserve(config.Width * config.Height * 4).AsSpan(0, config.Width * config.Height * 4) : pixels;
            fixed (byte* output = target)
            {
                (config.OutputPixels, config.OutputIsExternal) = (hasAlpha ? Native.PixelsRgba : Native.PixelsRgb, 1);
                config.Output = output;
                (config.OutputStrideBytes, config.OutputSizeBytes) = (config.Width * channels, (nuint)target.Length);
                var pixelCount = (long)config.Width * config.Height;
                var status = Native.Decode(webp, (nuint)bytes.Length, &config);
                if (status == Native.OutOfMemory && HasMemory(pixelCount)) status = Native.Decode(webp, (nuint)bytes.Length, &config); // others may have had it
                Require(status, pixelCount);
            }
            if (hasAlpha) WhiteBackground.Compose(target, pixels);
        }
    }

    private static void Require(int status, long pixels)
    {
        if (status == Native.Ok) return;
        var (fault, reason) = status switch
        {
            // Of this machine at this moment: no fault of the file. But libwebp 1.5 says so of some files it cannot read, too.
            Native.OutOfMemory when !HasMemory(pixels) => throw new OutOfMemoryException("libwebp: out of memory"),
            Native.UnsupportedFeature => (ImageFault.Unsupported, "WebP of a kind that libwebp does not decode"),
            Native.Suspended or Native.NotEnoughData => (ImageFault.Truncated, "truncated WebP (the data ends before the picture)"),
            _ => (ImageFault.Corrupt, "corrupt WebP (libwebp refuses the data)"),
        };
        throw new ImageDecodeException(fault, reason);
    }

    /// <summary>Whether there is memory for more than a good file of so many pixels can want.</summary>
    private static unsafe bool HasMemory(long pixels)
    {
        const int BytesAPixel = 8, Tables = 64 << 20;
        try
        {
            NativeMemory.Free(NativeMemory.Alloc((nuint)(pixels * BytesAPixel + Tables)));
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
