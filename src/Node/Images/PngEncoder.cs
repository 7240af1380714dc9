using Native = Lockstep.Node.Images.LibPngNative;

namespace Lockstep.Node.Images;

/// <summary>8-bit pixels to PNG. For pictures that people look at.</summary>
public static class PngEncoder
{
    /// <param name="pixels">[height, width, channels], bytes.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">What a pixel consists of.</param>
    public static unsafe byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, PngPixels channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var count = (int)channels + 1;
        if (pixels.Length != (long)width * height * count)
            throw new ArgumentException($"{pixels.Length} bytes are not {height} x {width} x {count}", nameof(pixels));

        // Deflate adds less than 1/512 to what it cannot compress, every IDAT chunk of 8 KiB adds 12 bytes.
        var png = new byte[checked(pixels.Length + height + (pixels.Length + height) / 256 + 4096)];
        var image = new Native.Image
        {
            Version = 1,
            Width = (uint)width,
            Height = (uint)height,
            Format = (uint)channels,
        };
        var sizeBytes = (nuint)png.Length;
        fixed (byte* source = pixels)
        fixed (byte* target = png)
        {
            var ok = Native.Write(&image, target, &sizeBytes, 0, source, 0, null);
            Native.Free(&image);
            if (ok == 0) throw new InvalidOperationException($"libpng cannot encode {width} x {height} pixels: {image.Reason()}");
        }
        return png[..(int)sizeBytes];
    }
}
