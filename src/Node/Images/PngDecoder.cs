using Native = Lockstep.Node.Images.LibPngNative;

namespace Lockstep.Node.Images;

/// <summary>
/// PNG of any colour type and depth to 8-bit RGB, turned upright; of an animated one the first picture. Transparency is
/// composited on white (Pillow's convert("RGB") drops it and shows whatever colour lies under it); a gAMA chunk is
/// honoured, which Pillow ignores.
/// </summary>
public static class PngDecoder
{
    /// <summary>True if the bytes start like a PNG.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <exception cref="ImageDecodeException">The file is truncated, corrupt or too large.</exception>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public static unsafe void Decode(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        var known = PngHeader.TryRead(bytes, out var info);
        if (known) info.RequireDecodable(bytes.Length);
        var image = new Native.Image { Version = 1 };
        try
        {
            fixed (byte* png = bytes)
            {
                if (Native.BeginRead(&image, png, (nuint)bytes.Length) == 0) throw Failure(image);
                var pixels = into.Resize(Size(image.Width), Size(image.Height));
                image.Flags |= Native.Flag16BitIsSrgb;
                if (known && info is { BitsPerSample: 16, Interlaced: true }) ReadLight(&image, pixels);
                else Read(&image, pixels);
            }
        }
        finally
        {
            Native.Free(&image);
        }
        if (known) into.Orient(info.Orientation);
    }

    private static unsafe void Read(Native.Image* image, Span<byte> rgb)
    {
        ReadOnlySpan<byte> white = [255, 255, 255];
        image->Format = (uint)PngPixels.Rgb;
        fixed (byte* background = white)
        fixed (byte* into = rgb)
        {
            if (Native.FinishRead(image, background, into, 0, null) == 0) throw Failure(*image);
        }
    }

    // Some libpng (seen with Debian's 1.6.39-2+deb12u4) mix up the rows of interlaced 16-bit pictures when they are to reduce
    // them to 8 bits. In 16 bits, which are linear light, they are right.
    private static unsafe void ReadLight(Native.Image* image, Span<byte> rgb)
    {
        var light = GC.AllocateUninitializedArray<byte>(rgb.Length / 3 * 8); // rare, and too large for a pool to hold
        image->Format = Native.FormatLinearRgbAlpha;
        fixed (byte* into = light)
        {
            if (Native.FinishRead(image, null, into, 0, null) == 0) throw Failure(*image);
        }
        WhiteBackground.ComposeLight(light, rgb);
    }

    private static int Size(uint announced) => (int)Math.Min(announced, int.MaxValue);

    // "read beyond end of data" in a chunk's header, "Not enough image data" or a CRC cut off in the picture itself.
    private static ImageDecodeException Failure(Native.Image image)
    {
        var reason = image.Reason();
        CodecMemory.Require(reason);
        var truncated = reason.Contains("beyond end", StringComparison.OrdinalIgnoreCase)
            || reason.Contains("not enough", StringComparison.OrdinalIgnoreCase);
        return truncated
            ? new ImageDecodeException(ImageFault.Truncated, $"truncated PNG ({reason})")
            : new ImageDecodeException(ImageFault.Corrupt, $"corrupt PNG ({reason})");
    }
}
