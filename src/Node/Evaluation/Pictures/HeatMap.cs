namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>Maps of patches over a photo: interleaved RGB, every patch a square of its own.</summary>
internal static class HeatMap
{
    /// <summary>Black through red and yellow over the darkened photo; the least of the map is cold, the most hot.</summary>
    /// <param name="photo">[side, side, 3]</param>
    /// <param name="map">[rows, columns]</param>
    public static byte[] Over(byte[] photo, int side, ReadOnlySpan<float> map, int rows, int columns)
    {
        var (low, high) = (float.MaxValue, float.MinValue);
        foreach (var value in map) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var picture = new byte[photo.Length];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var heat = (map[y * rows / side * columns + x * columns / side] - low) / Math.Max(high - low, 1e-12f);
                var at = (y * side + x) * 3;
                picture[at] = Blend(photo[at], 255 * Math.Min(1, 2 * heat), heat);
                picture[at + 1] = Blend(photo[at + 1], 255 * Math.Max(0, 2 * heat - 1), heat);
                picture[at + 2] = Blend(photo[at + 2], 60 * (1 - heat), heat);
            }
        }
        return picture;
    }

    /// <summary>The photo where patches are kept; the rest grey and dark.</summary>
    /// <param name="photo">[side, side, 3]</param>
    /// <param name="keep">[rows, columns]</param>
    public static byte[] Mask(byte[] photo, int side, bool[] keep, int rows, int columns)
    {
        var picture = (byte[])photo.Clone();
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                if (keep[y * rows / side * columns + x * columns / side]) continue;
                var pixel = picture.AsSpan((y * side + x) * 3, 3);
                pixel.Fill((byte)((pixel[0] * 299 + pixel[1] * 587 + pixel[2] * 114) / 5000)); // a fifth of the luminance
            }
        }
        return picture;
    }

    private static byte Blend(byte photo, float colour, float heat) =>
        (byte)Math.Clamp(0.35f * photo * (1 - heat) + (0.25f + 0.6f * heat) * colour, 0, 255);
}
