using Native = Lockstep.Node.Images.LibPngNative;

namespace Lockstep.Node.Images;

/// <summary>
/// PNG of any colour type and depth to 8-bit RGB. Transparency is composited on white (Pillow's convert("RGB") drops
/// it and shows whatever colour lies under it); a gAMA chunk is honoured, which Pillow ignores.
/// </summary>
public static class PngDecoder
{
    /// <summary>True if the bytes start like a PNG.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);

    /// <exception cref="ImageDecodeException">The file is truncated, corrupt or too large.</exception>
    public static unsafe void Decode(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        var image = new Native.Image { Version = 1 };
        ReadOnlySpan<byte> white = [255, 255, 255];
        try
        {
            fixed (byte* png = bytes)
            fixed (byte* background = white)
            {
                if (Native.BeginRead(&image, png, (nuint)bytes.Length) == 0) throw Failure(image);
                image.Format = (uint)PngPixels.Rgb;
                image.Flags |= Native.Flag16BitIsSrgb;
                fixed (byte* pixels = into.Resize(Size(image.Width), Size(image.Height)))
                {
                    if (Native.FinishRead(&image, background, pixels, 0, null) == 0) throw Failure(image);
                }
            }
        }
        finally
        {
            Native.Free(&image);
        }
    }

    private static int Size(uint announced) => (int)Math.Min(announced, int.MaxValue);

    // "read beyond end of data" in a chunk's header, "Not enough image data" or a CRC cut off in the picture itself.
    private static ImageDecodeException Failure(Native.Image image)
    {
        var reason = image.Reason();
        var truncated = reason.Contains("beyond end", StringComparison.OrdinalIgnoreCase)
            || reason.Contains("not enough", StringComparison.OrdinalIgnoreCase);
        return truncated
            ? new ImageDecodeException(ImageFault.Truncated, $"truncated PNG ({reason})")
            : new ImageDecodeException(ImageFault.Corrupt, $"corrupt PNG ({reason})");
    }
}
